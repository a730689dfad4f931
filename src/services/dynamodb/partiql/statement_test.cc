// PartiQL statements: what they mean, in terms of what the other operations do.
#include "services/dynamodb/partiql/statement.h"

#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"

namespace haneul::dynamodb::partiql {
namespace {

std::vector<Value> values_of(const std::vector<std::string>& wire) {
  std::vector<Value> out;
  for (const std::string& value : wire) out.push_back(value_of(value));
  return out;
}

template <class Kind>
Kind parsed(std::string_view text, const std::vector<std::string>& parameters = {}) {
  const std::vector<Value> values = values_of(parameters);
  return std::get<Kind>(parse_statement(text, values));
}

constexpr std::string_view kItem =
    R"({"pk": {"S": "k"}, "n": {"N": "5"}, "s": {"S": "it's"}, "nul": {"NULL": true},
  "flag": {"BOOL": true}, "ss": {"SS": ["a", "b"]}, "l": {"L": [{"S": "l0"}, {"M": {"x": {"N": "1"}}}]},
  "m": {"M": {"sub": {"S": "x"}, "a b": {"N": "2"}}}, "b": {"B": "xy"}})";

bool holds(const std::string& condition, const std::vector<std::string>& parameters = {}) {
  return parsed<Select>("SELECT * FROM tab WHERE " + condition, parameters).where.matches(item_of(kItem));
}

// All operators and functions, values where expressions have placeholders, functions in any case.
TEST(PartiqlSelect, FindsWhatTheConditionSays) {
  for (const char* condition : {"n = 5",
                                "n <> 4",
                                "n != 4",
                                "n >= 5.0 AND n < 0.6e1",
                                "s = 'it''s'",
                                "\"s\" > 'a'",
                                "5 = n",
                                "n > -5",
                                "n IN [1, 5]",
                                "n in (1, n2, 5)",
                                "n NOT IN [1]",
                                "n BETWEEN 1 AND 5 AND pk = 'k'",
                                "n NOT BETWEEN 6 AND 7",
                                "gone IS MISSING",
                                "n IS NOT MISSING",
                                "nul IS NULL",
                                "s IS NOT NULL",
                                "flag IS BOOL",
                                "s IS string",
                                "n IS NUMERIC",
                                "m IS TUPLE",
                                "l IS LIST",
                                "b IS BLOB",
                                "NOT s IS LIST",
                                "begins_with(s, 'it')",
                                "BEGINS_WITH(\"s\", 'it')",
                                "contains(ss, 'a')",
                                "contains(l, 'l0')",
                                "size(s) = 4",
                                "size(ss) < size(s)",
                                "attribute_type(ss, 'SS')",
                                "attribute_exists(m.sub)",
                                "NOT attribute_exists(m.no)",
                                "attribute_not_exists(gone)",
                                "attribute_exists(ss) = true",
                                "attribute_exists(gone) = false",
                                "(attribute_exists(gone) OR attribute_exists(ss))",
                                "((n = 5))",
                                "(n) = (5)",
                                "l[1].x = 1",
                                "l[-0] = 'l0'",
                                "m['sub'] = 'x'",
                                "m.\"a b\" = 2",
                                "nul = null",
                                "flag = TRUE",
                                "ss = <<'b', 'a'>>",
                                "m = {'sub': 'x', 'a b': 2}",
                                "l = ['l0', {'x': 1}]",
                                "n = 4 OR n = 5 AND NOT s = 'x'"}) {
    EXPECT_TRUE(holds(condition)) << condition;
  }
  for (const char* condition :
       {"n = 4", "gone = 1", "gone IS NOT MISSING", "s IS NULL", "s IS BOOL", "contains(s, 5)", "n > '4'",
        "attribute_exists(m.no)", "attribute_type(ss, 'S')", "NOT (n = 5)", "n = 4 AND n = 5 OR s = 'x'"}) {
    EXPECT_FALSE(holds(condition)) << condition;
  }
  EXPECT_TRUE(holds("n = ? AND ss = ? AND n IN ?",
                    {R"({"N": "5"})", R"({"SS": ["a", "b"]})", R"({"L": [{"N": "1"}, {"N": "5"}]})"}));
}

// Sources, lists, order, comments and quotes.
TEST(PartiqlSelect, ReadsItsClauses) {
  const auto select = parsed<Select>(
      "-- first\nselect pk, m.sub, l[0] FROM \"My.Table-1\".\"by-n\" /* the\nindex */ WHERE pk = 'a' -- key\n"
      "ORDER BY n DESC, \"q\" ASC, z;");
  EXPECT_EQ(select.from.table, "My.Table-1");
  EXPECT_EQ(select.from.index, "by-n");
  ASSERT_EQ(select.list.size(), 3U);
  EXPECT_EQ(select.list[1].name, "sub");
  EXPECT_EQ(select.list[2].name, "l[0]");
  ASSERT_EQ(select.order.size(), 3U);
  EXPECT_EQ(select.order[0].attribute, "n");
  EXPECT_EQ(select.order[0].direction, OrderKey::Direction::kDescending);
  EXPECT_EQ(select.order[2].direction, OrderKey::Direction::kAscending);
  EXPECT_EQ(select.project(item_of(kItem)),
            item_of(R"({"pk": {"S": "k"}, "sub": {"S": "x"}, "l[0]": {"S": "l0"}})"));
  const auto all = parsed<Select>("SELECT * FROM Music");
  EXPECT_TRUE(all.list.empty());
  EXPECT_FALSE(all.where);
  EXPECT_EQ(all.project(item_of(kItem)), item_of(kItem));
  EXPECT_EQ(parsed<Exists>("EXISTS(SELECT * FROM \"tab\" WHERE pk = 'a' AND n = 1)").select.from.table,
            "tab");
}

// Literals of every type, and parameters between them.
TEST(PartiqlInsert, ReadsTheItem) {
  const auto insert = parsed<Insert>(
      "INSERT INTO \"tab\" value {'pk': 'a''b', 'n': -1.5e2, 'd': .5, 't': true, 'z': NULL, 'l': [1, ?, []], "
      "'m': {'x': {}, 'y': ?}, 'ss': <<'b', 'a'>>, 'ns': <<3, 1.0>>, 'bs': <<?, ?>>}",
      {R"({"S": "p"})", R"({"NS": ["1"]})", R"({"B": "q"})", R"({"B": "p"})"});
  EXPECT_EQ(insert.table, "tab");
  EXPECT_EQ(insert.item,
            item_of(R"({"pk": {"S": "a'b"}, "n": {"N": "-150"}, "d": {"N": "0.5"}, "t": {"BOOL": true},
    "z": {"NULL": true}, "l": {"L": [{"N": "1"}, {"S": "p"}, {"L": []}]},
    "m": {"M": {"x": {"M": {}}, "y": {"NS": ["1"]}}}, "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "3"]},
    "bs": {"BS": ["p", "q"]}})"));
}

// SET and REMOVE become a modification like any other.
TEST(PartiqlUpdate, Changes) {
  const auto after = [](const std::string& changes, const std::vector<std::string>& parameters = {}) {
    Attributes item =
        item_of(R"({"pk": {"S": "k"}, "n": {"N": "5"}, "l": {"L": [{"N": "1"}]}, "ss": {"SS": ["a", "b"]},
      "m": {"M": {}}})");
    parsed<Update>("UPDATE \"tab\" " + changes + " WHERE pk = 'k'", parameters).modification.apply(item);
    return item;
  };
  const auto item = [](const std::string& rest) { return item_of(R"({"pk": {"S": "k"}, )" + rest); };
  EXPECT_EQ(after("SET n = n + 1 SET m.x = {'y': [2]} REMOVE l[0]"),
            item(R"("n": {"N": "6"}, "l": {"L": []}, "ss": {"SS": ["a", "b"]},
      "m": {"M": {"x": {"M": {"y": {"L": [{"N": "2"}]}}}}}})"));
  EXPECT_EQ(
      after("SET l = list_append(l, ?), n = 3 - n SET ss = SET_ADD(ss, <<'c'>>) REMOVE m",
            {R"({"L": [{"S": "x"}]})"}),
      item(R"("n": {"N": "-2"}, "l": {"L": [{"N": "1"}, {"S": "x"}]}, "ss": {"SS": ["a", "b", "c"]}})"));
  EXPECT_EQ(after("SET ss = set_delete(ss, <<'a', 'b'>>) SET q = set_add(q, <<1>>)"),
            item(R"("n": {"N": "5"}, "l": {"L": [{"N": "1"}]}, "q": {"NS": ["1"]}, "m": {"M": {}}})"));
  const auto turned =
      parsed<Update>("from tab where pk = ? AND n = 5 set c = ? remove n returning modified new *",
                     {R"({"S": "k"})", R"({"N": "7"})"});
  EXPECT_EQ(turned.returning, Returning::kModifiedNew);
  EXPECT_TRUE(turned.where.matches(item(R"("n": {"N": "5"}})")));
  Attributes changed = item(R"("n": {"N": "5"}})");
  turned.modification.apply(changed);
  EXPECT_EQ(changed, item(R"("c": {"N": "7"}})"));
}

// What is answered of a write, in every form there is.
TEST(PartiqlUpdate, TellsWhatIsReturned) {
  const auto of = [](const std::string& returning) {
    return parsed<Update>("UPDATE tab SET a = 1 WHERE pk = 'k'" + returning).returning;
  };
  EXPECT_EQ(of(""), Returning::kNothing);
  EXPECT_EQ(of(" RETURNING ALL OLD *"), Returning::kAllOld);
  EXPECT_EQ(of(" RETURNING ALL NEW *"), Returning::kAllNew);
  EXPECT_EQ(of(" RETURNING MODIFIED OLD *"), Returning::kModifiedOld);
  const auto removed = parsed<Delete>("DELETE FROM \"tab\" WHERE pk = 'k' AND n > 1 RETURNING ALL OLD *");
  EXPECT_EQ(removed.returning, Returning::kAllOld);
  EXPECT_EQ(removed.table.table, "tab");
  EXPECT_EQ(table_of(removed), "tab");
}

// Keys are what is compared by AND alone; anything else is a scan or no single item.
TEST(PartiqlKeys, AreFoundInTheCondition) {
  const KeyNames keys{.hash = "h", .range = "r"};
  const auto access = [&](const std::string& condition) {
    return key_access(parsed<Select>("SELECT * FROM tab WHERE " + condition).where, keys);
  };
  const auto query = access("n = 2 AND (h = 'a' AND 5 <= r)");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->hashes, (std::vector<Value>{"a"}));
  EXPECT_EQ(query->range->kind, RangeCondition::Kind::kGreaterOrEqual);
  EXPECT_EQ(query->range->value, Value(Number(5)));
  const auto several = access("h IN ['b', 'a', 'b'] AND begins_with(r, 'x') AND r < 'z'");
  EXPECT_EQ(several->hashes, (std::vector<Value>{"b", "a", "b"}));
  EXPECT_EQ(several->range->kind, RangeCondition::Kind::kBeginsWith);
  EXPECT_EQ(several->range_conditions, 2U);
  for (const char* scan :
       {"h = 'a' OR r = 1", "NOT h = 'a'", "h > 'a'", "h.x = 'a'", "h = n", "h <> 'a'", "r = 1"}) {
    EXPECT_FALSE(access(scan)) << scan;
  }
  EXPECT_FALSE(key_access(Predicate(), keys));

  const auto where = [](const std::string& condition) {
    return parsed<Delete>("DELETE FROM tab WHERE " + condition).where;
  };
  EXPECT_EQ(whole_key(where("r = 1 AND h = 'a' AND n = 3"), keys),
            item_of(R"({"h": {"S": "a"}, "r": {"N": "1"}})"));
  EXPECT_EQ(whole_key(where("h = 'a'"), {.hash = "h", .range = {}}), item_of(R"({"h": {"S": "a"}})"));
  EXPECT_TRUE(looks_beyond(where("r = 1 AND h = 'a' AND n = 3"), keys));
  EXPECT_FALSE(looks_beyond(where("r = 1 AND 'a' = h"), keys));
  for (const char* condition : {"h = 'a'", "h = 'a' AND r > 1", "h = 'a' OR r = 1", "h IN ['a'] AND r = 1"}) {
    EXPECT_EQ(refusal_of([&] { whole_key(where(condition), keys); }),
              "Where clause does not contain a mandatory equality on all key attributes")
        << condition;
  }
  EXPECT_EQ(refusal_of([&] { whole_key(where("h = 'a' AND h = 'b' AND r = 1"), keys); }),
            "Multiple conditions on same key h. Only single item Update/Insert/Delete are supported");
}

}  // namespace
}  // namespace haneul::dynamodb::partiql
