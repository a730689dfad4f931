// SchemaBuilder: schema tables made at run time from an API description in botocore's JSON form (`shapes`,
// `metadata`, one operation at a time). Generated services never need it; protocol tests and tools that meet
// an API as data do.
//
// Everything it hands out points into the builder (and into static storage) and lives as long as the builder,
// which can therefore be neither copied nor moved. A shape is built on first use; recursive shapes are fine.
// An unknown shape name or type is a ParseError. Run-time shapes have no TypeOps: their values are Documents.
// Thread rule: one thread at a time.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "model/schema.h"

namespace haneul::model {

class SchemaBuilder {
 public:
  SchemaBuilder(const Document& shapes, const Document& metadata);
  SchemaBuilder(const SchemaBuilder&) = delete;
  SchemaBuilder& operator=(const SchemaBuilder&) = delete;

  const Shape* shape(std::string_view name);
  // `given` is an operation object: name, http, input, output, errors and traits.
  OperationModel operation(const Document& given);
  // The service as `metadata` describes it; operations and errors are those asked for so far.
  ServiceModel service();

 private:
  const Document& keep(const Document& value);
  const Document& definition(std::string_view name) const;
  void fill(Shape& out, const Document& definition);
  void fill_container(Shape& out, const Document& definition);
  void fill_members(Shape& out, const Document& definition);
  Member make_member(std::string_view name, const Document& reference);
  void set_location(Member& member, const Document& reference);
  const Shape* element(const Document& reference);
  const ErrorShape* error(std::string_view name);

  Document shapes_;
  Document metadata_;
  std::deque<Document> kept_;
  std::deque<Shape> storage_;
  std::map<std::string, const Shape*, std::less<>> by_name_;
  std::map<std::string, const ErrorShape*, std::less<>> errors_by_name_;
  std::deque<std::vector<Member>> members_;
  std::deque<std::vector<std::string_view>> enums_;
  std::deque<std::vector<const ErrorShape*>> error_lists_;
  std::deque<ErrorShape> errors_;
  std::deque<OperationModel> operations_;
  std::vector<Protocol> protocols_;
  std::vector<const OperationModel*> operation_list_;
  std::vector<const ErrorShape*> error_list_;
};

}  // namespace haneul::model
