#include "eval/labelled_queries.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::eval {
namespace {

TEST(LabelledQueries, AreGroupedByTextAndLanguage) {
  const io::TempDirectory temp;
  const Dataset dataset = read_labelled_queries(
      temp.write("a.csv",
                 "id,query,grade,language,season\n1,red hat,3,en,winter\n2,cap,1,en,\n"
                 "3,red hat,0,en,summer\n4,red hat,,es,\n"));
  ASSERT_EQ(dataset.queries.size(), 3U);
  EXPECT_EQ(dataset.queries[0].id, "en:red hat");
  EXPECT_EQ(dataset.queries[0].text, "red hat");
  EXPECT_EQ(dataset.queries[0].columns,
            (std::map<std::string, std::string>{{"language", "en"}, {"season", "winter"}}));
  EXPECT_EQ(dataset.queries[2].id, "es:red hat");
  EXPECT_EQ(dataset.judgements.at("en:red hat"), (Grades{{"1", 3.0}, {"3", 0.0}}));
  EXPECT_EQ(dataset.judgements.at("es:red hat"), (Grades{{"4", 1.0}}));  // no grade: relevant
}

TEST(LabelledQueries, BadFilesSayWhatIsWrong) {
  const io::TempDirectory temp;
  EXPECT_KINDRED_ERROR(read_labelled_queries(temp.write("c.csv", "query,id,grade\na,1,good\n")),
                       ErrorKind::bad_input, "line 2");
  EXPECT_KINDRED_ERROR(read_labelled_queries(temp.write("n.csv", "query,id,grade\na,1,nan\n")),
                       ErrorKind::bad_input, "line 2");
  EXPECT_KINDRED_ERROR(read_labelled_queries(temp.write("d.csv", "query,sku\na,1\n")),
                       ErrorKind::not_found, "query, sku");
  EXPECT_KINDRED_ERROR(read_labelled_queries(temp.write("e.txt", "a\n")), ErrorKind::bad_input,
                       ".csv");
}

}  // namespace
}  // namespace kindred::eval
