// The faults a run may meet: quality.md section 2, as rules for the sandbox and for the network.
#include <fmt/format.h>

#include "tests/simulation/dice.h"
#include "tests/simulation/scenario.h"

namespace muster::simulation {
namespace {

using base::ErrorKind;

std::string rule(std::string_view service, std::string_view which, std::string_view action) {
  return fmt::format(R"({{"service":"{}",{}"action":{{{}}}}})", service, which, action);
}

std::string draw_calls(Dice& dice) {
  const std::string path =
      dice.pick({"", R"("path_regex":"skiptoken",)", R"("path_prefix":"/v1.0/users",)",
                 R"("path_prefix":"/v1.0/groups",)", R"("path_prefix":"/v1.0/devices",)",
                 R"("path_regex":"batch",)", R"("path_regex":"expand=",)"});
  if (dice.chance(15)) return path + R"("every":)" + std::to_string(dice.between(2, 5)) + ",";
  // The n-th call alone, or the first few.
  if (dice.chance(50)) return fmt::format(R"({}"nth":{},)", path, dice.between(1, 25));
  return fmt::format(R"({}"times":{},)", path, dice.pick({1, 1, 2, 3, 5, 12, 100}));
}

std::string draw_retry_after(Dice& dice) {
  const std::string value =
      dice.pick({"1", "2", "30", "0", "-5", "0.249", "1.5", "999999999", "soon", "", "59 ",
                 "Thu, 01 Jan 2026 00:00:30 GMT", "Thu, 01 Jan 2026 02:00:00 GMT",
                 "Wed, 31 Dec 2025 23:00:00 GMT", "none"});
  if (value == "none") return "";
  return fmt::format(R"(,"headers":{{"Retry-After":"{}"}})", value);
}

std::string draw_refusal(Dice& dice) {
  const std::string status = dice.pick({"429", "429", "503", "500", "502", "504"});
  return fmt::format(R"("status":{}{})", status, draw_retry_after(dice));
}

constexpr const char* kExpired =
    R"("status":400,"body":{"error":{"code":"Directory_ExpiredPageToken","message":"expired"}})";
constexpr const char* kForbidden =
    R"("status":403,"body":{"error":{"code":"Authorization_RequestDenied","message":"no"}})";
constexpr const char* kEmptyList =
    R"("status":200,"headers":{"Content-Type":"application/json"},"body":"{\"value\":[]}")";

// Ids that are empty, that two records share, or that differ from another only by letter case.
std::string draw_key_fault(Dice& dice) {
  const std::string set = dice.pick({"users", "groups", "devices"});
  const std::string pages =
      fmt::format(R"("path_regex":"^/v1.0/{}\\?","every":{},)", set, dice.pick({1, 1, 2}));
  const std::string id = dice.pick({"", "00000000-aaaa-4000-8000-000000000001",
                                    "00000000-AAAA-4000-8000-000000000001", "x/../y", "a b"});
  return rule(
      "graph", pages,
      fmt::format(R"("replace":{{"from":"\"id\":\"","to":"\"id\":\"{}\",\"was\":\""}})", id));
}

// The first page comes, the others never do; or only some of them.
std::string draw_torn_list(Dice& dice) {
  const std::string set = dice.pick({"users", "groups", "devices", "applications", ""});
  const std::string pages =
      fmt::format(R"("path_regex":"^/v1.0/{}.*skiptoken","every":{},)", set, dice.pick({1, 1, 2}));
  return rule("graph", pages,
              dice.pick({R"("status":503)", R"("status":500)", R"("reset":true)",
                         R"("cut_after":99)", R"("status":429)", R"("status":404)",
                         R"("status":403)", R"("truncate":200)", R"("html_200":true)"}));
}

std::string draw_source_fault(Dice& dice) {
  const std::string calls = draw_calls(dice);
  switch (dice.between(0, 17)) {
    case 16:
    case 17: return draw_torn_list(dice);
    case 0:
    case 1: return rule("graph", calls, draw_refusal(dice));
    case 2: return rule("graph", calls, R"("reset":true)");
    case 3: return rule("graph", calls, fmt::format(R"("cut_after":{})", dice.between(0, 900)));
    case 4: return rule("graph", calls, fmt::format(R"("truncate":{})", dice.between(0, 900)));
    case 5: return rule("graph", calls, R"("html_200":true)");
    case 6:
      return rule("graph", calls,
                  R"("status":302,"headers":{"Location":"https://login.elsewhere.example/"})");
    case 7:
      return rule(
          "graph",
          fmt::format(R"("path_regex":"skiptoken","times":{},)", dice.pick({1, 1, 2, 4, 9})),
          kExpired);
    case 8:
      return rule("graph",
                  fmt::format(R"("path_prefix":"/v1.0/{}","every":1,)",
                              dice.pick({"users", "groups", "devices", "applications"})),
                  kEmptyList);
    case 9:
      return rule("graph",
                  fmt::format(R"("path_prefix":"/v1.0/{}","every":1,)",
                              dice.pick({"users", "groups", "devices", "subscribedSkus"})),
                  kForbidden);
    case 10:
      return rule("graph", calls,
                  fmt::format(R"("delay":{})", dice.pick({500, 5000, 60000, 119000, 130000})));
    case 11:
      return rule(
          "graph", calls,
          dice.pick({R"("foreign_link":"https://elsewhere.example")",
                     R"("foreign_link":"http://127.0.0.1:9999")", R"("endless_link":true)",
                     R"("empty_page":true)", R"("repeat_row":true)", R"("drop_row":true)"}));
    case 12:
      return dice.chance(40) ? rule("graph", calls, R"("reset":true,"handled":true)")
                             : draw_key_fault(dice);
    case 13: return rule("graph", calls, R"("prepend":"oops")");
    case 14:
      return rule("graph", calls,
                  dice.pick({R"("status":401)", R"("status":404)", R"("status":204)",
                             R"("status":200,"body":"{}")", R"("status":200,"body":"null")"}));
    default:
      return fmt::format(
          R"({{"batch":true,"path_regex":"/members|appRoleAssignedTo","probability":{},"action":{{{}}}}})",
          dice.pick({"0.05", "0.3", "1"}),
          dice.chance(70)
              ? draw_refusal(dice)
              : dice.pick({R"("status":404)", R"("status":403)", kExpired, R"("status":401)"}));
  }
}

std::string draw_login_fault(Dice& dice) {
  const std::string times = fmt::format(R"("times":{},)", dice.pick({1, 2, 100}));
  return rule(
      "login", times,
      dice.pick({R"("status":503)", R"("status":500)", R"("html_200":true)", R"("reset":true)",
                 R"("status":429,"headers":{"Retry-After":"7"})",
                 R"("status":401,"body":{"error":"invalid_client","error_codes":[7000222]})",
                 R"("status":200,"body":"{}")", R"("delay":130000)"}));
}

std::string draw_assets_calls(Dice& dice) {
  const std::string path =
      dice.pick({"", R"("path_regex":"/data$",)", R"("path_regex":"/data$",)",
                 R"("path_regex":"/executions$",)", R"("path_regex":"/status$",)",
                 R"("path_regex":"/mapping",)", R"("method":"DELETE",)",
                 R"("path_regex":"configstatus",)", R"("path_regex":"imports/info",)"});
  if (dice.chance(40)) return fmt::format(R"({}"nth":{},)", path, dice.between(1, 12));
  return fmt::format(R"({}"times":{},)", path, dice.pick({1, 1, 2, 4, 12, 100}));
}

std::string draw_assets_rule(Dice& dice) {
  const std::string calls = draw_assets_calls(dice);
  switch (dice.between(0, 8)) {
    case 0:
    case 1: return rule("assets", calls, draw_refusal(dice));
    case 2: return rule("assets", calls, R"("reset":true)");
    case 3: return rule("assets", calls, R"("reset":true,"handled":true)");
    case 4: return rule("assets", calls, R"("html_200":true)");
    case 5:
      return rule("assets", calls,
                  dice.pick({R"("status":401)", R"("status":409)", R"("status":400)",
                             R"("status":404)", R"("status":413)"}));
    case 6: return rule("assets", calls, R"("status":503,"handled":true)");
    case 7:
      return rule("assets", calls, fmt::format(R"("delay":{})", dice.pick({3000, 100000, 130000})));
    default: return rule("assets", calls, R"("cut_after":3)");
  }
}

std::string draw_assets_fault(Dice& dice) {
  switch (dice.between(0, 5)) {
    case 0:
    case 1:
      return fmt::format(
          R"({{"lost_answers":{{"{}":{{"skip":{},"count":{}}}}}}})",
          dice.pick({"start", "data", "complete", "mapping", "cancel", "failed", "status"}),
          dice.between(0, 2), dice.pick({1, 1, 2, 5}));
    case 2: return R"({"stuck":true})";
    case 3:
      return fmt::format(
          R"({{"next_result":{{"result":"{}","writes_objects":{},"errors":["{}"]}}}})",
          dice.pick({"FAILED", "FAIL"}), dice.chance(50), "it broke");
    case 4: return fmt::format(R"({{"object_limit":{}}})", dice.between(1, 80));
    default:
      return dice.chance(50) ? fmt::format(R"({{"max_body":{}}})", dice.pick({300, 1500, 6000}))
                             : fmt::format(R"({{"revoke_after_chunks":{}}})", dice.between(1, 6));
  }
}

NetworkFault draw_network_fault(Dice& dice) {
  NetworkFault fault;
  fault.request = dice.between(1, 60);
  fault.times = dice.pick({1, 2, 4, 30});
  switch (dice.between(0, 9)) {
    case 0:
      fault.kind = ErrorKind::kDenied;
      fault.reason = "certificate_not_trusted";
      fault.message = "The certificate is not trusted.";
      break;
    case 1:
      fault.kind = ErrorKind::kDenied;
      fault.reason = "address_not_allowed";
      fault.message = "The address is not allowed.";
      break;
    default:
      fault.reason = "source_unavailable";
      fault.message = dice.pick({"The name of the host could not be resolved.",
                                 "The connection was refused.", "The TLS handshake failed."});
  }
  return fault;
}

}  // namespace

namespace {

std::string first_pages(Dice& dice, const std::vector<checker::entra::Choice>& choices) {
  std::string set = dice.pick(choices).data_set;
  if (set == "licenses" || set == "administrative_units") set = "users";
  if (set == "service_principals") set = "servicePrincipals";
  if (set == "directory_roles") set = "directoryRoles";
  return fmt::format(R"("path_regex":"^/v1.0/{}\\?\\$[^e]","times":{},)", set,
                     dice.pick({1, 1, 2, 9}));
}

std::string draw_bad_key(Dice& dice) { return dice.pick({"no_id", R"(id\":\"\",\"was)"}); }

}  // namespace

std::string draw_parked_record(Dice& dice, const std::vector<checker::entra::Choice>& choices) {
  const std::string pages = first_pages(dice, choices);
  if (dice.chance(30)) {  // with a key, and more than an object can hold
    return rule(
        "graph", pages,
        fmt::format(R"("replace":{{"from":"\"displayName\":\"","to":"\"displayName\":\"{}"}})",
                    std::string((std::size_t{1} << 20) + 1, 'x')));
  }
  return rule(
      "graph", pages,
      fmt::format(R"("replace":{{"from":"\"id\":\"","to":"\"{}\":\""}})", draw_bad_key(dice)));
}

std::string draw_bad_records(Dice& dice, const std::vector<checker::entra::Choice>& choices) {
  const std::string pages = first_pages(dice, choices);
  return rule("graph", pages,
              fmt::format(R"("replace":{{"from":"\"id\":\"","to":"\"{}\":\"","everywhere":true}})",
                          draw_bad_key(dice)));
}

std::string draw_taken_credentials(Dice& dice) {
  constexpr std::string_view kError =
      R"("status":{},"body":{{"error":"{}","error_codes":[{}],"error_description":"AADSTS{}: no"}})";
  const auto refused = [&](int status, std::string_view error, int code) {
    return rule("login", "", fmt::format(kError, status, error, code, code));
  };
  switch (dice.between(0, 4)) {
    case 0: return refused(401, "invalid_client", 7000222);       // the secret expired
    case 1: return refused(401, "invalid_client", 7000215);       // it was replaced
    case 2: return refused(400, "unauthorized_client", 700016);   // the registration is gone
    case 3: return refused(400, "unauthorized_client", 7000112);  // it was switched off
    default:  // tokens are still given out, and accepted nowhere
      return rule(
          "graph", "",
          R"("status":401,"body":{"error":{"code":"InvalidAuthenticationToken","message":"no"}})");
  }
}

void draw_assets_trouble(Dice& dice, RunPlan& plan) {
  if (dice.chance(50)) {
    plan.faults.push_back(draw_assets_rule(dice));
  } else {
    plan.assets_faults.push_back(draw_assets_fault(dice));
  }
}

void draw_faults(Dice& dice, RunPlan& plan) {
  const std::uint64_t count = dice.between(1, 3);
  for (std::uint64_t i = 0; i < count; ++i) {
    switch (dice.between(0, 12)) {
      case 0:
      case 1:
      case 2:
      case 3: plan.faults.push_back(draw_source_fault(dice)); break;
      case 4: plan.faults.push_back(draw_login_fault(dice)); break;
      case 5:
      case 6:
      case 7: plan.faults.push_back(draw_assets_rule(dice)); break;
      case 8:
      case 9: plan.assets_faults.push_back(draw_assets_fault(dice)); break;
      case 10: plan.network.push_back(draw_network_fault(dice)); break;
      case 11: plan.store.push_back({dice.between(1, 12), dice.pick({1, 1, 2, 50})}); break;
      default:  // a disk or a database that keeps everybody waiting
        plan.store.push_back({dice.between(1, 12), dice.pick({1, 1, 2}),
                              std::chrono::seconds(dice.pick({2, 9, 40, 300, 1500})),
                              dice.chance(30)});
    }
  }
}

}  // namespace muster::simulation
