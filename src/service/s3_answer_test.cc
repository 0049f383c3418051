#include "service/s3_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::service {
namespace {

using testing::SizeIs;

TEST(S3AnswerTest, ReadsAListing) {
  const auto root = parse_xml(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c -->"
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\" a='x>y'>"
      "<Contents><Key>a&amp;b&#x20AC;</Key><Size>12</Size></Contents>"
      "<Contents><Key>c</Key><Size>0</Size><Owner/></Contents>"
      "<IsTruncated>false</IsTruncated></ListBucketResult>\n");
  ASSERT_TRUE(root.ok()) << root.error().text();
  EXPECT_EQ(root->name, "ListBucketResult");
  ASSERT_THAT(root->all("Contents"), SizeIs(2));
  EXPECT_EQ(root->all("Contents")[0]->text_of("Key"), "a&b\xE2\x82\xAC");
  EXPECT_EQ(root->all("Contents")[1]->text_of("Size"), "0");
  EXPECT_EQ(root->text_of("IsTruncated"), "false");
  EXPECT_EQ(root->text_of("NoSuch"), "");
}

TEST(S3AnswerTest, ReadsAnErrorWithAPrefix) {
  const auto root = parse_xml("<s3:Error><s3:Code>SlowDown</s3:Code></s3:Error>");
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->name, "Error");
  EXPECT_EQ(root->text_of("Code"), "SlowDown");
}

TEST(S3AnswerTest, RefusesWhatS3NeverSends) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  for (const std::string& text :
       {std::string(""), std::string("text"), std::string("<a>"), std::string("<a></b>"),
        std::string("<a>&bomb;</a>"), std::string("<a>&#0;</a>"), std::string("<a>&#xD800;</a>"),
        std::string("<a></a><b></b>"), std::string("<a b></a>"), std::string("<a>&lt"),
        std::string("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
        std::string("<html>a<br></html>"), deep}) {
    const auto root = parse_xml(text);
    ASSERT_FALSE(root.ok()) << text;
    EXPECT_EQ(root.error().kind, base::ErrorKind::kMalformed);
    EXPECT_EQ(root.error().reason, "backup");
  }
}

TEST(S3AnswerTest, EscapesSoThatItReadsTheSameAgain) {
  const std::string text = "\"5d41\" <&> \xE2\x82\xAC";
  EXPECT_EQ(parse_xml("<a>" + xml_escape(text) + "</a>")->text, text);
}

}  // namespace
}  // namespace muster::service
