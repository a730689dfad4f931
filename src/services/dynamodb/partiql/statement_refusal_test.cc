// Statements that DynamoDB refuses, with its sentences and, where it tells them, the places.
#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_testing.h"
#include "services/dynamodb/partiql/statement.h"

namespace haneul::dynamodb::partiql {
namespace {

std::string refused(std::string_view text, const std::vector<Value>& parameters = {}) {
  return refusal_of([&] { parse_statement(text, parameters); });
}

void expect(const std::vector<std::pair<std::string, std::string>>& cases) {
  for (const auto& [text, message] : cases) EXPECT_EQ(refused(text), message) << text;
}

const std::string kNotWellFormed = "Statement wasn't well formed, can't be processed: ";
const std::string kLeftover = kNotWellFormed + "Unexpected token after expression";

// A rest of a statement must never run as something else.
TEST(PartiqlRefusal, RefusesWhatIsLeftOver) {
  expect({
      {"SELECT * FROM \"tab\" WHERE pk = 1 foo", kLeftover},
      {"SELECT * FROM \"tab\" WHERE pk = 1 e5", kLeftover},
      {"INSERT INTO \"tab\" VALUE {'pk': 970001} foo", kLeftover},
      {"UPDATE \"tab\" SET a = 9 WHERE pk = 970002 foo", kLeftover},
      {"DELETE FROM \"tab\" WHERE pk = 970003 foo", kLeftover},
      {"SELECT * FROM \"tab\" WHERE pk = 1)", kLeftover},
      {"DELETE FROM \"tab\" WHERE pk = 970004 ORDER BY pk", kLeftover},
      {"SELECT * FROM \"tab\" ORDER BY pk WHERE pk = 1", kLeftover},
      {"INSERT INTO \"tab\" t VALUE {'pk': 'x'}", kLeftover},
      {"SELECT * FROM \"tab\" WHERE pk = 1e2147483648", kNotWellFormed},
      {"SELECT * FROM \"tab\" WHERE pk = 1e99999999999", kNotWellFormed},
      {"SELECT * FROM \"tab\" WHERE pk = 1.5e-2147483647", kNotWellFormed},
      {"SELECT * FROM \"tab\" WHERE pk = 1 # note", kNotWellFormed},
      {"SELECT * FROM \"tab\" WHERE pk = 1 /* note", kNotWellFormed},
      {"SELECT * FROM \"tab\" WHERE pk = 'a", kNotWellFormed},
      {"", kNotWellFormed + "Unexpected term"},
      {"CREATE TABLE x", kNotWellFormed + "Unexpected term"},
      {"SLECT * FROM tab", kNotWellFormed + "Expected data manipulation"},
      {"SELECT * FROM tab WHERE", kNotWellFormed + "Unexpected term"},
      {"SELECT * FROM tab WHERE a = (", kNotWellFormed + "Unexpected term"},
      {"UPDATE tab WHERE pk = 1", kNotWellFormed + "Unexpected term"},
      {"SELECT * FROM tab WHERE " + std::string(4000, '(') + "a", kNotWellFormed},
      {"INSERT INTO tab VALUE {'a': " + std::string(4000, '['), kNotWellFormed},
  });
}

// A statement is about one table or index, under its own name.
TEST(PartiqlRefusal, RefusesAliasesAndSources) {
  const std::string aliased = "Aliasing is not supported";
  const std::string name =
      "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.";
  expect({
      {"SELECT * FROM \"tab\" t WHERE pk = 'x'", aliased},
      {"SELECT * FROM \"tab\" AS t WHERE pk = 'x'", aliased},
      {"SELECT a AS b FROM tab", aliased},
      {"UPDATE \"tab\" t SET a = 3 WHERE pk = 'x'", aliased},
      {"DELETE FROM \"tab\" t WHERE pk = 'x'", aliased},
      {"SELECT * FROM tab, tub", "Only select from a single table or index is supported."},
      {"SELECT * FROM a.b.c", "A path may contain at most 2 components in the FROM clause"},
      {"SELECT * FROM \"t\"", name},
      {"SELECT * FROM \"t/x/y\"", name},
      {"SELECT * FROM \"\" WHERE pk = 'x'", "Path component cannot be an empty string"},
      {"SELECT * FROM tab.\"\" WHERE pk = 'x'", "Path component cannot be an empty string"},
      {"INSERT INTO tab.idx VALUE {'a': 1}",
       "FROM clause may only contain a single table name in data manipulation statements"},
      {"UPDATE tab.idx SET a = 3 WHERE pk = 'x'", "This operation is not supported on an index"},
      {"DELETE FROM tab.idx WHERE pk = 'x'", "This operation is not supported on an index"},
      {"SELECT *, a FROM tab", "Other attributes should not be present in the projection when '*' is used."},
      {"SELECT a, * FROM tab", "Other attributes should not be present in the projection when '*' is used."},
      {"SELECT a.b, c.b FROM tab", "Duplicate identifiers in select clause: b"},
      {"SELECT VALUE a FROM tab", "Select projection doesn't support value or pivot keywords"},
      {"SELECT attribute_exists(ss) FROM tab", "Unexpected path component at 1:8:16"},
      {"SELECT a FROM tab ORDER BY a", "Must have WHERE clause in the statement when using ORDER BY clause."},
  });
}

// Values that no item can hold are told with the place in the item where they stand.
TEST(PartiqlRefusal, RefusesPathsAndLiterals) {
  const std::string overflow =
      "Number overflow. Attempting to store a number with magnitude larger than supported range";
  const std::string digits = "Attempting to store more than 38 significant digits in a Number";
  expect({
      {"SELECT l[-1] FROM tab", "List index is not within the allowable range; index: [-1] at 1:11:1"},
      {"SELECT l[9999999999] FROM tab",
       "List index is not within the allowable range; index: [9999999999] at 1:10:10"},
      {"SELECT l[*] FROM tab", "Wildcard path component like a[*].b are not supported"},
      {"SELECT l.*.b FROM tab", "Unpivot path component like a.*.b are not supported"},
      {"SELECT [0] FROM tab", "A path cannot start with a list index"},
      {"SELECT \"\" FROM tab", "Path component cannot be an empty string"},
      {"SELECT a.select FROM tab", kNotWellFormed + "Invalid path dot component"},
      {"SELECT * FROM tab WHERE pk = 1e126", overflow + " under root"},
      {"SELECT * FROM tab WHERE pk = 123456789012345678901234567890123456789", digits + " under root"},
      {"INSERT INTO tab VALUE {'pk': 1e126}", overflow + " under root"},
      {"INSERT INTO tab VALUE {'pk': 9, 'm': {'x': 1e126}}", overflow + " under root.x"},
      {"INSERT INTO tab VALUE {'pk': 9, 'l': [1, 1e126]}", overflow + " under root[1]"},
      {"INSERT INTO tab VALUE {'a': <<>>}", "Empty bags are not supported"},
      {"INSERT INTO tab VALUE {'a': <<1, 'x'>>}",
       "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"},
      {"INSERT INTO tab VALUE {'a': <<'x', 'x'>>}",
       "One or more parameter values were invalid: Input collection [x, x] contains duplicates."},
      {"INSERT INTO tab VALUE {'a': 1, 'a': 2}", "Duplicate keys in tuple. Key: a under root"},
      {"INSERT INTO tab VALUE {'a': MISSING}", "MISSING must be compared using IS operator"},
      {"INSERT INTO tab VALUE {'a': set_add(<<'a'>>, <<'b'>>)}",
       "Unsupported data type: set_add under key root at 1:29:7"},
      {"INSERT INTO tab VALUE [1]",
       "Unsupported format in item expression. Please use struct format {...} to express "
       "item values for insert statement."},
      {"INSERT INTO tab VALUES <<{'a': 1}>>",
       "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT "
       "INTO "
       "tableName VALUE item\" instead"},
  });
}

// Conditions are judged as those of expressions are, with the words of PartiQL where it has its own.
TEST(PartiqlRefusal, RefusesConditions) {
  const auto where = [](const std::string& condition) { return "SELECT * FROM tab WHERE " + condition; };
  const std::string type = "Incorrect operand type for operator or function; operator or function: ";
  const std::string count = "Incorrect number of operands for operator or function; operator or function: ";
  expect({
      {where("attribute_exists('ss')"),
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {where("attribute_exists()"), count + "attribute_exists, number of operands: 0"},
      {where("attribute_exists(ss, ns)"), count + "attribute_exists, number of operands: 2"},
      {where("EXISTS(ss)"), "Unrecognized function: exists at 1:25:6"},
      {where("\n set_add(ss, <<'x'>>) = ss"), "Unrecognized function: set_add at 2:2:7"},
      {where("a = 1 AND b"), "WHERE clause must contain an expression that resolves to a boolean"},
      {where("a"), "WHERE clause must contain an expression that resolves to a boolean"},
      {where("a IN []"),
       "IN operator must have a left hand argument of type Variable Reference and right hand "
       "argument of type Seq with at least one member"},
      {where("a IS THING"),
       "Unsupported data type for IS operator: THING. Supported data types are [MISSING, NULL, "
       "BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"},
      {where("a = MISSING"), "MISSING must be compared using IS operator"},
      {where("a < true"), type + "<, operand type: BOOL"},
      {where("a BETWEEN true AND false"), type + "BETWEEN, operand type: BOOL"},
      {where("begins_with(a, 1)"), type + "begins_with, operand type: N"},
      {where("attribute_type(a, 'X')"),
       "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
  });
}

// Functions of SET, clashing paths, and RETURNING in all the forms that are none.
TEST(PartiqlRefusal, RefusesWrites) {
  const auto update = [](const std::string& set) { return "UPDATE tab SET " + set + " WHERE pk = 'k'"; };
  const std::string returning = "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause";
  expect({
      {update("t = set_add(ss, <<'x'>>)"),
       "The first argument to SET_ADD must equal the assignment value at 1:20:7"},
      {update("ss = set_add(<<'a'>>, <<'b'>>)"),
       "The first argument to SET_ADD must equal the assignment value at 1:21:7"},
      {update("ss = set_add(ss, 'x')"),
       "The second argument to SET_ADD must be a value with type SET at 1:29:2"},
      {update("ss = set_delete(ss, ['x'])"),
       "The second argument to SET_DELETE must be a value with type SET at 1:32:2"},
      {update("ss = set_add(ss)"), "SET_ADD must have exactly two arguments at 1:21:7"},
      {update("a = if_not_exists(a, 1)"), "Unrecognized function: if_not_exists at 1:20:13"},
      {update("a = list_append(a)"),
       "Incorrect number of operands for operator or function; operator or function: "
       "list_append, number of operands: 1"},
      {update("a = list_append(a, 1)"),
       "Incorrect operand type for operator or function; operator or function: list_append, operand type: N"},
      {update("a = a + 'x'"),
       "Incorrect operand type for operator or function; operator or function: +, operand type: S"},
      {update("a = 1, a.b = 2"),
       "Two document paths overlap with each other; must remove or rewrite one of these "
       "paths; path one: [a], path two: [a, b]"},
      {update("a = 1") + " RETURNING ALL NEW", returning},
      {update("a = 1") + " RETURNING *", returning},
      {update("a = 1") + " RETURNING ALL NEW *, ALL OLD *",
       "Invalid syntax with multiple returning elements in RETURNING clause"},
      {"DELETE FROM tab WHERE pk = 1 RETURNING ALL NEW *",
       "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE "
       "statements."},
      {"INSERT INTO tab VALUE {'pk': 1} RETURNING ALL OLD *", "RETURNING is not supported in INSERT"},
  });
}

// Each parameter is used, and each question mark has one.
TEST(PartiqlRefusal, CountsParameters) {
  const std::string wrong = "Number of parameters in request and statement don't match.";
  EXPECT_EQ(refused("SELECT * FROM tab WHERE a = ?"), wrong);
  EXPECT_EQ(refused("SELECT * FROM tab WHERE a = ?", {Value("x")}), "");
  EXPECT_EQ(refused("SELECT * FROM tab WHERE a = ?", {Value("x"), Value("y")}), wrong);
  EXPECT_EQ(refused("SELECT * FROM tab", {Value("x")}), wrong);
}

}  // namespace
}  // namespace haneul::dynamodb::partiql
