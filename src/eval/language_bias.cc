#include "eval/language_bias.h"

#include <cmath>
#include <limits>

namespace kindred::eval {
namespace {

double total(const std::map<std::string, std::size_t>& counts) {
  double sum = 0.0;
  for (const auto& [language, count] : counts) sum += static_cast<double>(count);
  return sum;
}

}  // namespace

LanguageBias language_bias(const std::map<std::string, std::size_t>& found,
                           const std::map<std::string, std::size_t>& pool) {
  LanguageBias bias;
  const double all_found = total(found);
  const double all = total(pool);
  if (all_found == 0.0 || all == 0.0) return bias;
  std::map<std::string, LanguageShare> shares;
  for (const auto& [language, count] : pool)
    shares[language].pool = static_cast<double>(count) / all;
  for (const auto& [language, count] : found)
    shares[language].found = static_cast<double>(count) / all_found;
  for (auto& [language, share] : shares) {
    share.language = language;
    if (share.found > 0.0 && share.pool == 0.0)
      bias.divergence = std::numeric_limits<double>::infinity();
    else if (share.found > 0.0)
      bias.divergence += share.found * std::log(share.found / share.pool);
    bias.shares.push_back(share);
  }
  return bias;
}

}  // namespace kindred::eval
