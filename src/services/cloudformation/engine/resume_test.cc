// Power cuts: whatever call of an operation the power goes at, before it took effect or after, the stack
// comes to the same end, with nothing made twice and nothing left over.
#include "services/cloudformation/testing.h"

namespace haneul::cloudformation {
namespace {

constexpr const char* kBefore = R"(
Resources:
  Keep: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: keep, RetentionInDays: 7}}
  Swap: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "${Keep}-swap"}}
  Gone: {Type: AWS::Logs::LogGroup, DependsOn: Swap, Properties: {LogGroupName: gone}}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: ann}}
)";
constexpr const char* kAfter = R"(
Resources:
  Keep: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: keep, RetentionInDays: 30}}
  Swap: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "${Keep}-other"}}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: ann, Serial: 2}}
  New: {Type: AWS::Logs::LogGroup, DependsOn: [Keep, Swap, Key], Properties: {LogGroupName: new}}
)";

class PowerCut : public StackFixture {
 protected:
  using Cut = FakeServices::Cut;
  const Document::Object may_iam = {{"Capabilities", Document::Array{"CAPABILITY_IAM"}}};

  // The names of what there is; keys count, their ids differ.
  Names found() const {
    Names out;
    for (const std::string& name : world.names()) out.push_back(name.starts_with("key/") ? "key" : name);
    return out;
  }

  // Runs the operation with a cut at each of its calls in turn, in a world of its own each time.
  struct Story {
    std::function<void()> prepare;
    std::function<void()> act;
    std::string status;
    Names things;
  };
  void try_all(const Story& story) {
    for (const Cut cut : {Cut::kBefore, Cut::kAfter}) {
      for (size_t at = 1; at < 100; ++at) {
        reset();
        story.prepare();
        world.calls.clear();
        world.cut = cut;
        world.cut_at = at;
        story.act();
        settle_until_cut();
        if (!world.is_down) break;
        restart();
        settle();
        EXPECT_EQ(status(id), story.status) << "cut at call " << at << " " << world.calls[at - 1];
        EXPECT_EQ(found(), story.things) << "cut at call " << at << " " << world.calls[at - 1];
        EXPECT_EQ(check(*db), Names{});
        ASSERT_LT(at, 90u);
      }
    }
  }
  void settle_until_cut() {
    executor->run();
    if (!world.is_down) settle();
  }
  void reset() {
    pipeline.reset();
    service.reset();
    jobs.reset();
    db = store::make_memory_db();
    world.things.clear();
    world.refusals.clear();
    restart();
  }
  void begin(std::string_view operation, Document::Object input) {
    input.insert(input.begin(), {"StackName", "app"});
    call(operation, with(std::move(input), operation == "DeleteStack" ? Document::Object{} : may_iam));
    if (operation == "CreateStack")
      id = call("DescribeStacks", {}).find("Stacks")->as_array()[0].string_or("StackId", "");
  }
  void make_before() {
    create(kBefore, may_iam);
    ASSERT_EQ(status(), "CREATE_COMPLETE");
    id = stack().string_or("StackId", "");
  }
  std::string id;
};

// A cut in the way forward: the rest is made, nothing twice.
TEST_F(PowerCut, OfACreation) {
  try_all({.prepare = [] {},
           .act = [this] { begin("CreateStack", {{"TemplateBody", kBefore}}); },
           .status = "CREATE_COMPLETE",
           .things = {"group/gone", "group/keep", "group/keep-swap", "key"}});
}

// A cut on the way to a failure, or in its rollback: nothing is left over.
TEST_F(PowerCut, OfAFailingCreation) {
  try_all({.prepare = [this] { world.refusals["CreateLogGroup gone"] = "no more"; },
           .act = [this] { begin("CreateStack", {{"TemplateBody", kBefore}}); },
           .status = "ROLLBACK_COMPLETE",
           .things = {}});
}

// A cut in an update with changes in place, replacements, removals and ids that the service gives.
TEST_F(PowerCut, OfAnUpdate) {
  try_all({.prepare = [this] { make_before(); },
           .act = [this] { begin("UpdateStack", {{"TemplateBody", kAfter}}); },
           .status = "UPDATE_COMPLETE",
           .things = {"group/keep", "group/keep-other", "group/new", "key"}});
}

// A cut in an update that fails, or in its way back: the stack is what it was.
TEST_F(PowerCut, OfAFailingUpdate) {
  try_all({.prepare =
               [this] {
                 make_before();
                 world.refusals["CreateLogGroup new"] = "no more";
               },
           .act = [this] { begin("UpdateStack", {{"TemplateBody", kAfter}}); },
           .status = "UPDATE_ROLLBACK_COMPLETE",
           .things = {"group/gone", "group/keep", "group/keep-swap", "key"}});
}

// A cut in a removal: everything goes, and what is gone already is no obstacle.
TEST_F(PowerCut, OfADeletion) {
  try_all({.prepare = [this] { make_before(); },
           .act = [this] { begin("DeleteStack", {}); },
           .status = "DELETE_COMPLETE",
           .things = {}});
}

// A step that the cut hit must come to its end also when its neighbour's failure is known first: else what it
// made would belong to nobody.
TEST_F(PowerCut, LeavesNoStepBehindAFailure) {
  reset();
  world.refusals["CreateLogGroup a"] = "refused";
  world.cut = Cut::kAfter;
  world.cut_at = 3;  // base, a, b
  call("CreateStack", {{"StackName", "app"}, {"TemplateBody", R"(
Resources:
  A: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: a}}
  B: {Type: AWS::Logs::LogGroup, DependsOn: Base, Properties: {LogGroupName: b}}
  Base: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: base}}
)"}});
  settle_until_cut();
  restart();
  settle();
  EXPECT_EQ(status(), "ROLLBACK_COMPLETE");
  EXPECT_EQ(world.names(), Names{});
}

// A service that is overloaded for a moment is no reason to throw a stack away.
TEST_F(PowerCut, IsNotAFailureWhenAServiceIsBusy) {
  reset();
  world.busy_calls = 3;
  create(kBefore, may_iam);
  EXPECT_EQ(status(), "CREATE_COMPLETE");
}

}  // namespace
}  // namespace haneul::cloudformation
