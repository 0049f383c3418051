#include "mapping/formatter.h"

#include <gtest/gtest.h>

#include "mapping/test_source.h"

namespace muster::mapping {
namespace {

using Verdict = Formatter::Verdict;

class FormatterTest : public ::testing::Test {
 protected:
  void plan(Selection selection = {}) {
    selection.send_empty = send_empty_;
    source_ = testing::make_source();
    const auto findings = make_plan(source_, selection, "imp", "file.yaml", plan_);
    for (const auto& finding : findings) EXPECT_TRUE(finding.is_warning) << finding.text();
    formatter_ = std::make_unique<Formatter>(plan_, 0);
  }

  Verdict format(std::string record) {
    if (!formatter_) plan();
    document_ = std::make_unique<json::Document>(*json::Document::parse(std::move(record)));
    out_.clear();
    return formatter_->format(document_->root(), out_);
  }

  // The value written for one locator, or "-" when its key is absent.
  std::string value_of(const std::string& locator, const std::string& record) {
    EXPECT_EQ(format(record), Verdict::kFormatted) << record;
    auto object = json::Document::parse(out_ + "}");
    EXPECT_TRUE(object.ok()) << out_;
    const std::string key = "\"" + locator + "\":";
    const std::size_t at = out_.find(key);
    if (at == std::string::npos) return "-";
    const std::size_t begin = at + key.size();
    std::size_t end = out_.find(",\"", begin);
    if (out_[begin] == '[') end = out_.find(']', begin) + 1;
    return out_.substr(begin, std::min(end, out_.size()) - begin);
  }

  bool send_empty_ = false;
  std::shared_ptr<catalogue::Source> source_;
  Plan plan_;
  std::unique_ptr<Formatter> formatter_;
  std::unique_ptr<json::Document> document_;
  std::string out_;
};

TEST_F(FormatterTest, OpensEveryObjectWithItsKeyAndLeavesItOpenForReferences) {
  EXPECT_EQ(format(R"({"name":"Ada","id":"p-1"})"), Verdict::kFormatted);
  EXPECT_EQ(out_, R"({"id":"p-1","name":"Ada")");
  EXPECT_EQ(formatter_->key(), "p-1");
}

TEST_F(FormatterTest, FindsReferencesByTheBeginningOfAText) {
  source_ = testing::make_source();
  catalogue::Reference& team = source_->data_sets[0].references[0];
  team.path = *json::Path::parse("tags.*[]");
  team.prefix = "team:";
  ASSERT_TRUE(make_plan(source_, {}, "imp", "file.yaml", plan_).empty());
  formatter_ = std::make_unique<Formatter>(plan_, 0);
  const std::string record =
      R"({"id":"1","name":"n","tags":{"a":["team:x","env:prod","team:"],"b":["team:x","team:y"]}})";
  EXPECT_EQ(value_of("team", record), R"(["x","y"])");
  team.prepend = "t/";
  formatter_ = std::make_unique<Formatter>(plan_, 0);
  EXPECT_EQ(value_of("team", record), R"(["t/x","t/y"])");
}

TEST_F(FormatterTest, SendsAReferenceOnlyWhereItsConditionIsTrue) {
  source_ = testing::make_source();
  source_->data_sets[0].references[0].when = *catalogue::Where::parse("kind == \"team\"");
  ASSERT_TRUE(make_plan(source_, {}, "imp", "file.yaml", plan_).empty());
  formatter_ = std::make_unique<Formatter>(plan_, 0);
  EXPECT_EQ(value_of("team", R"({"id":"1","name":"n","kind":"team","teams":[{"teamId":"t"}]})"),
            R"(["t"])");
  EXPECT_NE(value_of("team", R"({"id":"1","name":"n","kind":"list","teams":[{"teamId":"t"}]})"),
            R"(["t"])");
}

TEST_F(FormatterTest, BringsValuesIntoTheirTypes) {
  const auto one = [&](const std::string& field, const std::string& json) {
    return value_of(field, R"({"id":"1","name":"n",")" + field + "\":" + json + "}");
  };
  EXPECT_EQ(one("score", "42"), "42");
  EXPECT_EQ(one("score", "\"42\""), "42");
  EXPECT_EQ(one("score", "5.0"), "5");
  EXPECT_EQ(one("score", "9007199254740993"), "9007199254740993") << "2^53+1 keeps its last digit";
  EXPECT_EQ(one("score", "-0"), "0");
  EXPECT_EQ(one("score", "5.5"), "-");
  EXPECT_EQ(one("score", "1e400"), "-");
  EXPECT_EQ(one("ratio", "0.1"), "0.1");
  EXPECT_EQ(one("ratio", "\"0.25\""), "0.25");
  EXPECT_EQ(one("ratio", "1e400"), "-");
  EXPECT_EQ(one("remote", "true"), "true");
  EXPECT_EQ(one("remote", "\"No\""), "false");
  EXPECT_EQ(one("remote", "\"perhaps\""), "-");
  EXPECT_EQ(one("hired", "\"2024-02-29T08:15:30.1234567Z\""), "\"2024-02-29T08:15:30Z\"");
  EXPECT_EQ(one("hired", "\"2024-02-29T08:15:30-08:00\""), "\"2024-02-29T16:15:30Z\"");
  EXPECT_EQ(one("hired", "\"2023-02-30T08:15:30Z\""), "-") << "there is no 30th of February";
  for (const std::string bad : {"+02:00Z", ".Z", ",5Z", ".1234567890Z", ".1 Z"}) {
    EXPECT_EQ(one("hired", "\"2024-02-28T08:15:30" + bad + "\""), "-") << bad;
  }
  EXPECT_EQ(one("hired", "\"0000-02-28T08:15:30Z\""), "-") << "no such year in RFC 3339 times";
  EXPECT_EQ(one("hired", "\"yesterday\""), "-");
  EXPECT_EQ(one("born", "\"1990-05-17\""), "\"1990-05-17\"");
  EXPECT_EQ(one("born", "\"1990-05-17T23:00:00Z\""), "\"1990-05-17\"");
  EXPECT_EQ(one("tags", "-0"), "\"-0\"");
  const std::string long_name(64 << 10, 'x');
  EXPECT_EQ(one("tags", '"' + long_name + '"'), '"' + long_name + '"');
  EXPECT_EQ(one("tags", "17"), "\"17\"") << "a number where text is wanted keeps its digits";
  EXPECT_EQ(one("enabled", "true"), "\"Enabled\"");
  EXPECT_EQ(one("enabled", "\"maybe\""), "-") << "Assets knows no such status";
}

TEST_F(FormatterTest, LeavesOutWhatAssetsWouldRefuseTheWholeObjectFor) {
  using catalogue::AttributeType;
  struct Form {
    AttributeType type;
    std::vector<std::string> good, bad;
  };
  const std::vector<Form> forms = {
      {AttributeType::kUrl,
       {"https://a.example", "http://10.0.0.1:8080/x?y#z", "ms-app+1.x://s-1-15", "https://[::1]/"},
       {"a.example", "https://", "https:///x", "https://?x", "://a", "1s://a", "https:/a.example",
        "https://a b", "https://a.example\\n/", "mailto:a@b.c", "n/a"}},
      {AttributeType::kEmail,
       {"a@b.c", "admin@localhost", "o'neil+x@b.c", "\u00e4@b.c"},
       {"a", "@b.c", "a@", "a@b@c", "a b@c.d", "a@b.c;d@e.f", "a@b.c\\u0000"}},
      {AttributeType::kIpAddress,
       {"10.0.0.1", "::1", "2001:db8::17", "::ffff:10.0.0.1"},
       {"10.0.0", "10.0.0.256", "10.0.0.1/8", "10.0.0.1:80", "[::1]", "fe80::1%eth0",
        "::1::", "10.0.0.1\\u0000", "host"}},
      {AttributeType::kTime,
       {"00:00", "23:59", "23:59:59"},
       {"24:00", "12:60", "12:00:60", "1:00", "12-00", "12:00:0", "12:00-00", "12:00Z", "noon"}}};
  const std::string kNothing = R"("")";
  for (const Form& form : forms) {
    source_ = testing::make_source();
    source_->data_sets[0].attributes[2].type = form.type;
    ASSERT_TRUE(make_plan(source_, {}, "imp", "file.yaml", plan_).empty());
    formatter_ = std::make_unique<Formatter>(plan_, 0);
    const auto sent = [&](const std::string& json) {
      return value_of("mail", R"({"id":"1","name":"n","mail":)" + json + "}");
    };
    for (const std::string& text : form.good) {
      EXPECT_EQ(sent('"' + text + '"'), '"' + text + '"');
      EXPECT_EQ(sent("\" " + text + "\\n\""), '"' + text + '"') << "blanks around it say nothing";
    }
    EXPECT_EQ(sent("\"  \""), kNothing);
    EXPECT_EQ(formatter_->dropped_values()[2], 0u);
    for (const std::string& text : form.bad) EXPECT_EQ(sent('"' + text + '"'), kNothing) << text;
    EXPECT_EQ(formatter_->dropped_values()[2], form.bad.size());
    EXPECT_EQ(sent('[' + ('"' + form.good[0] + "\",\"" + form.good[1]) + "\"]"), kNothing)
        << "two are not one";
  }
}

TEST_F(FormatterTest, CountsValuesThatDoNotFit) {
  format(R"({"id":"1","name":"n","score":"many"})");
  format(R"({"id":"2","name":"n","score":"few"})");
  std::uint64_t dropped = 0;
  for (const auto count : formatter_->dropped_values()) dropped += count;
  EXPECT_EQ(dropped, 2u);
}

TEST_F(FormatterTest, CountsWhatStandsWhereAListShouldBe) {
  const auto bad = [&](const std::string& fields) {
    plan();
    format(R"({"id":"1","name":"n",)" + fields + "}");
    std::uint64_t dropped = 0;
    for (const auto count : formatter_->dropped_values()) dropped += count;
    return dropped;
  };
  EXPECT_EQ(bad(R"("teams":[{"teamId":"t-1"}])"), 0u);
  EXPECT_EQ(bad(R"("teams":"t-1")"), 1u);
  EXPECT_EQ(bad(R"("teams":7)"), 1u);
  EXPECT_EQ(bad(R"("teams":{"teamId":"t-1"})"), 1u);
  EXPECT_EQ(bad(R"("teams":["t-1","t-2"])"), 2u);
  EXPECT_EQ(bad(R"("teams":[{"teamId":"t-1"},"t-2",{"teamId":{"id":"t-3"}}])"), 2u)
      << "the good one is sent, the others are not lost silently";
  EXPECT_EQ(bad(R"("teams":null)"), 0u);
  EXPECT_EQ(bad(R"("teams":"")"), 0u) << "some sources write nothing so";
  EXPECT_EQ(bad(R"("teams":{})"), 0u);
  EXPECT_EQ(bad(R"("teams":[{"teamId":null},{},null])"), 0u);
  EXPECT_EQ(bad(R"("tags":["a",{"b":1},"c"])"), 1u);
  EXPECT_EQ(bad(R"("mail":{"work":"a@b.c"})"), 1u);
  EXPECT_EQ(bad(R"("enabled":["true"])"), 1u);
}

TEST_F(FormatterTest, CountsWhatADerivedValueCouldNotUse) {
  source_ = testing::make_source();
  catalogue::Attribute& tags = source_->data_sets[0].attributes[9];
  tags.path = *json::Path::parse("list[].name");
  tags.combine = catalogue::Attribute::Combine::kCount;
  ASSERT_TRUE(make_plan(source_, {}, "imp", "file.yaml", plan_).empty());
  formatter_ = std::make_unique<Formatter>(plan_, 0);
  EXPECT_EQ(value_of("tags", R"({"id":"1","name":"n","list":[{"name":"x"}]})"), "\"1\"");
  EXPECT_EQ(formatter_->dropped_values()[9], 0u);
  format(R"({"id":"1","name":"n","list":"x"})");
  EXPECT_EQ(formatter_->dropped_values()[9], 1u);
}

TEST_F(FormatterTest, CallsNothingBadThatIsOneOfSeveralWaysToWriteAValue) {
  source_ = testing::make_source();
  catalogue::Attribute& mail = source_->data_sets[0].attributes[2];
  mail.first_of = {*json::Path::parse("mails[0].address"), *json::Path::parse("mails.address")};
  ASSERT_TRUE(make_plan(source_, {}, "imp", "file.yaml", plan_).empty());
  formatter_ = std::make_unique<Formatter>(plan_, 0);
  EXPECT_EQ(value_of("mail", R"({"id":"1","name":"n","mails":{"address":"a@b.c"}})"), "\"a@b.c\"");
  EXPECT_EQ(value_of("mail", R"({"id":"1","name":"n","mails":[{"address":"a@b.c"}]})"),
            "\"a@b.c\"");
  format(R"({"id":"1","name":"n","mails":[{}]})");
  EXPECT_EQ(formatter_->dropped_values()[2], 0u);
  format(R"({"id":"1","name":"n","mails":"a@b.c"})");
  EXPECT_EQ(formatter_->dropped_values()[2], 1u);
}

TEST_F(FormatterTest, TreatsTheSourcesNullMarkersAsEmpty) {
  EXPECT_EQ(value_of("hired", R"({"id":"1","name":"n","hired":"0001-01-01T00:00:00Z"})"), "-");
}

TEST_F(FormatterTest, JoinsSeveralValues) {
  EXPECT_EQ(value_of("tags", R"({"id":"1","name":"n","tags":["a",null,"","b",3]})"),
            R"("a, b, 3")");
  EXPECT_EQ(value_of("tags", R"({"id":"1","name":"n","tags":[]})"), "-");
}

TEST_F(FormatterTest, SendsReferencesOnTheRecordAsAnArrayOfKeys) {
  EXPECT_EQ(
      value_of("team",
               R"({"id":"1","name":"n","teams":[{"teamId":"t-1"},{"teamId":"t\"2"},{"x":1}]})"),
      R"(["t-1","t\"2"])");
  EXPECT_EQ(value_of("team", R"({"id":"1","name":"n","teams":null})"), "-");
  EXPECT_EQ(value_of("team", R"({"id":"1","name":"n",
                                 "teams":[{"teamId":"b"},{"teamId":"a"},{"teamId":"b"}]})"),
            R"(["b","a"])")
      << "each key once";
}

TEST_F(FormatterTest, LabelsAnObjectWithItsKeyWhenItHasNoName) {
  EXPECT_EQ(value_of("name", R"({"id":"p-9","name":null})"), R"("p-9")");
  EXPECT_EQ(value_of("name", R"({"id":"p-9"})"), R"("p-9")");
}

TEST_F(FormatterTest, SendsEmptyValuesWhenAssetsShallClearThem) {
  send_empty_ = true;
  EXPECT_EQ(value_of("mail", R"({"id":"1","name":"n","mail":null})"), "\"\"");
  EXPECT_EQ(value_of("team", R"({"id":"1","name":"n"})"), "[]");
}

TEST_F(FormatterTest, ParksRecordsThatCannotBecomeObjects) {
  const auto reason = [&](const std::string& record) {
    EXPECT_EQ(format(record), Verdict::kRejected) << record;
    EXPECT_TRUE(out_.empty());
    return formatter_->reject().reason;
  };
  EXPECT_EQ(reason(R"({"name":"no key"})"), "empty_key");
  EXPECT_EQ(reason(R"({"id":null,"name":"n"})"), "empty_key");
  EXPECT_EQ(reason(R"({"id":"","name":"n"})"), "empty_key");
  EXPECT_EQ(reason(R"({"id":{"a":1},"name":"n"})"), "bad_value");
  EXPECT_EQ(reason(R"({"id":["1"],"name":"n"})"), "bad_value");
  EXPECT_EQ(reason(R"("just text")"), "not_an_object");
  EXPECT_EQ(reason(R"({"id":"1","name":")" + std::string(kMaxObjectBytes, 'x') + R"("})"),
            "too_large");
  EXPECT_EQ(reason(R"({"id":")" + std::string(5000, 'k') + R"("})"), "too_large");
}

TEST_F(FormatterTest, NeverPutsAValueIntoAReject) {
  format(R"({"id":"p-1","name":")" + std::string(kMaxObjectBytes, 's') + R"("})");
  EXPECT_EQ(formatter_->reject().key, "p-1");
  EXPECT_EQ(formatter_->reject().detail.find("sss"), std::string::npos);
}

TEST_F(FormatterTest, EscapesWhateverANameHolds) {
  EXPECT_EQ(format("{\"id\":\"1\",\"name\":\"a\\\"b\\\\c\\nd\\u0001\\u202e\"}"),
            Verdict::kFormatted);
  EXPECT_EQ(out_.find('\n'), std::string::npos) << "a raw newline would break the spool";
  auto object = json::Document::parse(out_ + "}");
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(object->root().find("name")->text(), "a\"b\\c\nd\x01\u202e");
}

TEST_F(FormatterTest, LeavesOutWhatTheAdminFilteredAway) {
  Selection selection;
  DataSetSelection people;
  people.data_set = "people";
  people.where = R"(department == "Sales")";
  selection.data_sets = {people};
  plan(selection);
  EXPECT_EQ(format(R"({"id":"1","name":"n","department":"IT"})"), Verdict::kFiltered);
  EXPECT_EQ(format(R"({"id":"2","name":"n","department":"Sales"})"), Verdict::kFormatted);
}

TEST_F(FormatterTest, TellsWhereNamesStand) {
  for (const bool send_empty : {true, false}) {
    send_empty_ = send_empty;
    formatter_.reset();
    ASSERT_EQ(format(R"({"id":"1","name":"n","score":"many","mail":",\"mail\":"})"),
              Verdict::kFormatted);
    const std::vector<std::string> names = formatter_->names();
    std::size_t quoted = 0;
    for (const auto& place : formatter_->name_places()) {
      EXPECT_EQ(out_.substr(place.at, names.at(place.name).size()), names[place.name]);
      ++quoted;
    }
    auto object = json::Document::parse(out_ + "}");
    ASSERT_TRUE(object.ok());
    EXPECT_EQ(quoted, object->root().members().size());
  }
}

TEST_F(FormatterTest, TellsWhichAttributesHaveAValue) {
  format(R"({"id":"1","name":"n","score":1})");
  const auto& attributes = plan_.type_of(0).attributes;
  std::vector<std::string> present;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if ((formatter_->present()[i / 64] >> (i % 64)) & 1) present.push_back(attributes[i].locator);
  }
  EXPECT_EQ(present, (std::vector<std::string>{"id", "name", "score"}));
}

}  // namespace
}  // namespace muster::mapping
