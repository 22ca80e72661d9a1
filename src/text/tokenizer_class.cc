#include "text/tokenizer_class.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "io/mapped_file.h"

namespace kindred::text {
namespace {

constexpr std::string_view kAsItIs = "TokenizersBackend";

struct TypeClass {
  std::string_view model_type;
  std::string_view class_name;
};

// The class that a model type has of its own. Types that are not here have none.
constexpr TypeClass kTypeClasses[] = {
    {"albert", "AlbertTokenizer"},
    {"bert", "BertTokenizer"},
    {"camembert", "CamembertTokenizer"},
    {"convbert", "BertTokenizer"},
    {"deberta-v2", "DebertaV2Tokenizer"},
    {"distilbert", "BertTokenizer"},
    {"electra", "BertTokenizer"},
    {"ernie", "BertTokenizer"},
    {"gemma", "GemmaTokenizer"},
    {"gemma2", "GemmaTokenizer"},
    {"gemma3", "GemmaTokenizer"},
    {"gemma3_text", "GemmaTokenizer"},
    {"gpt2", "GPT2Tokenizer"},
    {"gpt_neox", "GPTNeoXTokenizer"},
    {"gte", "XLMRobertaTokenizer"},
    {"jina_embeddings_v3", "XLMRobertaTokenizer"},
    {"megatron-bert", "BertTokenizer"},
    {"ministral", kAsItIs},
    {"mistral", kAsItIs},
    {"mixtral", kAsItIs},
    {"modernbert", kAsItIs},
    {"modernbert-decoder", kAsItIs},
    {"mpnet", "MPNetTokenizer"},
    {"nezha", "BertTokenizer"},
    {"nomic_bert", "BertTokenizer"},
    {"olmo2", kAsItIs},
    {"phi3", kAsItIs},
    {"qwen2", "Qwen2Tokenizer"},
    {"qwen2_moe", "Qwen2Tokenizer"},
    {"qwen3", "Qwen2Tokenizer"},
    {"qwen3_moe", "Qwen2Tokenizer"},
    {"roberta", "RobertaTokenizer"},
    {"roberta-prelayernorm", "RobertaTokenizer"},
    {"squeezebert", "BertTokenizer"},
    {"xlm-roberta", "XLMRobertaTokenizer"},
    {"xlm-roberta-xl", kAsItIs},
    {"xmod", "XLMRobertaTokenizer"},
};

// Model types whose published files name a wrong class: their own class wins.
constexpr std::array<std::string_view, 5> kWrongClasses = {"modernbert", "modernbert-decoder",
                                                           "phi3", "qwen2", "jamba"};

std::string_view type_class(std::string_view model_type) {
  for (const TypeClass& known : kTypeClasses)
    if (known.model_type == model_type) return known.class_name;
  return "";
}

std::string without_fast(std::string name) {
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  return name;
}

bool is_byte_level(const std::string& tokenizer_file) {
  return io::MappedFile::open(tokenizer_file)->text().find("\"ByteLevel\"") !=
         std::string_view::npos;
}

}  // namespace

std::string tokenizer_class(const std::string& model_type, const std::string& declared,
                            const std::string& in_model_config, const std::string& tokenizer_file) {
  const std::string said = without_fast(declared.empty() ? in_model_config : declared);
  const std::string own(type_class(model_type));
  const bool wrong =
      std::find(kWrongClasses.begin(), kWrongClasses.end(), model_type) != kWrongClasses.end();
  if (said == "LlamaTokenizer" && !wrong && is_byte_level(tokenizer_file))
    return std::string(kAsItIs);
  if (said.empty()) return own.empty() ? std::string(kAsItIs) : own;
  if (own.empty() || own == said) return said;
  if (own == kAsItIs) return own;
  return wrong ? own : said;
}

}  // namespace kindred::text
