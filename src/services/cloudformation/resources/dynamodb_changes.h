// What stands between a table as DescribeTable shows it and the properties of AWS::DynamoDB::Table, as inputs
// of UpdateTable, UpdateTimeToLive and UpdateContinuousBackups. Pure; what CloudFormation refuses is thrown
// as ValidationError.
#pragma once

#include <vector>

#include "base/document.h"

namespace haneul::cloudformation {

// A change of these replaces the table: an attribute of another type, other local indexes.
bool redefines_attribute(const Document* before, const Document* after);
bool differs_by_index_name(const Document* before, const Document* after);

// Attributes that no key names.
void check_definitions(const Document& properties);

// Billing, throughput of the table and of the indexes that stay, class and protection; empty: none differs.
Document find_settings_change(const Document& table, const Document& properties);
// One of GlobalSecondaryIndexUpdates that makes or removes an index, or null.
Document find_index_change(const Document& table, const Document& properties);
// Specifications of UpdateTable, in order: a stream of another view is disabled before the new one is made.
std::vector<Document> find_stream_changes(const Document& table, const Document& properties);
Document stream_wish(const Document& specification);
// `now` is DescribeTimeToLive's; null: nothing to do.
Document find_time_to_live_change(const Document& now, const Document* wish);
// `now` is the PointInTimeRecoveryDescription; null: nothing to do.
Document find_recovery_change(const Document& now, const Document* wish);

}  // namespace haneul::cloudformation
