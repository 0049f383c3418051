// The model of a source: what a catalogue file says, as plain values. Loaded once (loader.h), never
// changed afterwards; a run never looks at YAML. docs/reference/catalogue.md explains every key.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"
#include "catalogue/where.h"
#include "json/path.h"

namespace muster::catalogue {

// The destination's attribute types; `reference` is its referenced_object.
enum class AttributeType {
  kText,
  kInteger,
  kBoolean,
  kDouble,
  kDate,
  kTime,
  kDateTime,
  kUrl,
  kEmail,
  kTextarea,
  kSelect,
  kIpAddress,
  kReference,
  kStatus
};
std::string_view to_string(AttributeType type);  // "date_time", "ipaddress", ...
std::optional<AttributeType> attribute_type(std::string_view text);

// ---- connection -------------------------------------------------------------------------------

// One thing an admin fills in to reach the source.
struct ConnectionField {
  enum class Type { kText, kSecret, kUrl, kChoice, kFile, kDuration };
  std::string name;
  Type type = Type::kText;
  bool required = false;
  std::string help;
  std::vector<std::string> choices;  // kChoice
  std::string fallback;              // default value
  std::string pattern;               // kText, kUrl: RE2 that the whole value must match; empty: any
  std::string refused_pattern;       // kText, kUrl: RE2 that it must not match; empty: none
  std::string form;                  // what the patterns ask for, in words: "a GUID or a domain"
  std::optional<base::Duration> least;  // kDuration: nothing shorter ...
  std::optional<base::Duration> most;   // ... and nothing longer

  bool accepts(std::string_view value) const;
  bool allows(base::Duration span) const;
};

// Where a kind of request goes: the field's value, else by the value of `choose_by`.
struct Address {
  std::string name;       // "api", "login"
  std::string field;      // connection field that overrides
  std::string choose_by;  // connection field whose value picks from `urls`; may be empty
  std::map<std::string, std::string> urls;  // choice -> base URL; key "" when there is no choice
  std::string base_path;                    // "/v1.0", appended to whichever URL was chosen
};

// What an answer means, by HTTP status and the code inside its body.
struct ErrorRule {
  enum class Meaning {
    kPermission,    // a permission or consent is missing: source_permission
    kSignIn,        // the credentials are not accepted: source_sign_in
    kNotAvailable,  // licence or service missing: the data set cannot be read here
    kRestart,       // only on a follow-up page: its token expired, read the listing again
    kGone,          // the thing was deleted meanwhile: skip it
    kEndOfList,     // only on a follow-up page: the list ended
    kRetry,         // transient although the status does not say so
    kMistake        // our request was wrong: a bug or a catalogue fault
  };
  int status = 0;                // 0: any
  std::string code;              // empty: any
  std::string message_contains;  // empty: any; without regard to case
  Meaning meaning = Meaning::kMistake;
  std::string advice;  // a sentence for the admin
};

struct SignIn {
  enum class Strategy {
    kOauth2ClientCredentials,
    kOauth2JwtBearer,
    kBearer,
    kHeaders,
    kBasic,
    kBasicForToken
  };
  enum class Algorithm { kPs256, kRs256 };
  Strategy strategy = Strategy::kBearer;
  std::vector<std::string> needs;  // beside the fields named below: all filled in, or not this one
  std::string address;             // for strategies that ask for a token: which address
  std::vector<std::string> paths;  // "/{tenant_id}/oauth2/v2.0/token"; {field} is percent-encoded;
                                   // the next one when the service has no such path
  std::string scope;      // "{address:api}/.default": {address:NAME} is the origin of that address;
                          // {permissions}: what the selected data sets need, between blanks
  std::string client_id;  // connection fields that hold each value; of kBasic user and password
  std::string client_secret;
  bool client_in_basic = false;  // client_id and client_secret go as user name and password
  std::string certificate;       // with private_key: named by its thumbprint (x5t#S256)
  std::string private_key;       // signed assertions; PEM or JWK
  Algorithm algorithm = Algorithm::kPs256;
  std::string key_id;    // connection field that holds the key's name at the service
  std::string audience;  // template as in scope; empty: the URL the token is asked at
  std::string issuer;   // kOauth2JwtBearer; these and private_key: "field" or "field#path" into the
  std::string subject;  // JSON text that the field holds
  base::Duration lifetime = std::chrono::minutes(10);  // of an assertion
  std::string token_path;                              // in the answer; empty: the usual places
  std::string expires_path;                            // seconds or a time
  std::string sign_out_path;                           // asked once, when all is read
  std::string sign_out_method = "POST";
  std::string token;                           // kBearer
  std::map<std::string, std::string> headers;  // kHeaders: header -> field or "SSWS {field}"
  std::string code_path;    // where an error answer holds its code: "error_codes[0]"
  std::string roles_claim;  // claim of the access token that lists granted permissions; "": opaque
  std::vector<ErrorRule> errors;
};

// How a throttled service wants to be treated.
struct LaneRule {
  std::string name;
  double units = 0;
  base::Duration window = std::chrono::seconds(10);
  std::uint32_t initial_in_flight = 4;
  std::uint32_t max_in_flight = 8;
  std::string cost_header;
  std::string pressure_header;
  std::string remaining_header;     // requests left until the reset
  std::string limit_header;         // requests between two resets
  std::string reset_header;         // when they are given again
  bool reset_is_unix_time = false;  // else seconds from now
  std::string period_header;        // seconds between two resets: the wait when no reset is told
  double share = 1;                 // of the limit that is ours to use
  bool zero_limit_is_concurrency = false;  // a refusal with limit 0: too many at once
};

struct Permission {
  std::string name;                     // "User.Read.All"
  std::string id;                       // what a manifest needs, may be empty
  std::vector<std::string> covered_by;  // broader ones that also work
  std::string help;
};

// ---- data sets --------------------------------------------------------------------------------

struct StatusValue {
  std::string value;     // in the source: "true"
  std::string status;    // in Assets: "Enabled"; 2-30 letters, digits, blanks, hyphens
  std::string category;  // active | inactive | pending
};

struct Choice {  // first `when` that is true gives the value
  Where when;
  std::string value;
};

struct Piece {  // of a composed text: what stands there, or where the value is
  std::string text;
  json::Path path;
};

struct Term {  // of a sum
  json::Path path;
  bool subtract = false;
};

struct Attribute {
  // How several values at the path become one; beyond kJoin see derived.h.
  enum class Combine { kJoin, kCount, kLeast, kGreatest, kJson };
  // How the source writes the value, where that is not how Assets reads it.
  enum class Format { kPlain, kUnixSeconds, kUnixMilliseconds, kLeadingNumber, kHtml };

  std::string name;     // the source's own name, unique in the data set: "displayName"
  std::string title;    // in Assets: "Display Name". Frozen on first import.
  std::string locator;  // in the chunks: "display_name"
  std::string description;
  AttributeType type = AttributeType::kText;
  json::Path path;      // in the record
  std::string request;  // field name to ask the source for; empty: the path's first key
  bool detail = false;  // stands in the record's detail only
  bool default_on = true;
  std::string join = ", ";            // several values become one text
  std::string permission;             // an extra one for this attribute alone
  std::vector<std::string> nulls;     // values that mean "none"
  std::vector<StatusValue> statuses;  // kStatus
  std::string lookup;                 // name of a table; value -> text, unknown values stay
  std::string lookup_else;            // attribute whose value is used when the table has none
  std::vector<Choice> choices;        // derived: chosen by conditions
  Combine combine = Combine::kJoin;
  std::vector<Term> sum;             // derived: whole numbers, added up
  std::vector<json::Path> first_of;  // derived: the first that has a value
  std::vector<Piece> compose;        // derived: a text made of several values
  Format format = Format::kPlain;
  std::int64_t divide_by = 1;
  std::string prefix;             // of several texts only those that begin so, without it
  std::vector<std::string> uses;  // fields that a worked out value needs
};

// A reference is an attribute whose values are keys of another data set's records.
struct Reference {
  enum class Side { kOnRecord, kParent, kMember };
  std::string name;
  std::string title;
  std::string locator;
  std::string description;
  std::string target_source;     // whose; empty: this one's. Else it needs a link (selection.h)
  std::string target;            // data set
  std::string target_attribute;  // attribute of the target that the values match; empty: its key
  bool many = true;
  bool default_on = true;
  bool detail = false;  // kOnRecord: stands in the record's detail only
  Side side = Side::kOnRecord;
  json::Path path;                 // kOnRecord
  std::vector<std::string> nulls;  // kOnRecord: values that mean "none"
  std::string request;             // kOnRecord: field to ask for; empty: the path's first key
  std::string relation;  // kParent: this data set is the relation's parent; kMember: a member of it
  std::vector<Piece> compose;     // kOnRecord: a text made of each value at `path`
  std::vector<std::string> uses;  // fields that `compose` needs of a record when there is no path
  std::string prefix;             // kOnRecord: only values that begin so, without it, each once
  std::string prepend;            // kOnRecord: text before each value
  Where when;                     // kOnRecord: of the record; otherwise there is no value
};

// A list that the source prepares as a file when it is asked to.
struct ExportRule {
  std::string body;  // of the POST that asks for it, JSON
  json::Path id;     // of the job, in the answer
  std::string look;  // path that tells how far it is; {key} is the id
  json::Path status;
  std::string done, failed;  // values of status that end the waiting
  json::Path url;            // of the file, in the answer that says done
  base::Duration poll = std::chrono::seconds(5);
  base::Duration give_up = std::chrono::minutes(5);  // of one job
  std::uint32_t attempts = 3;
};

struct Paging {
  enum class Strategy {
    kSingle,
    kNextLink,
    kLinkHeader,
    kPageNumber,
    kOffset,
    kCursor,
    kExportJob,
    kLastKey
  };
  // What proves that no page follows. kUsual: no link or cursor; counting: the total where there is
  // one, else an empty page.
  enum class End { kUsual, kTotal, kShort, kEmpty };
  Strategy strategy = Strategy::kSingle;
  End end = End::kUsual;
  json::Path next;                  // kNextLink, kCursor: where the answer holds it
  std::string size_parameter;       // "$top"
  std::uint32_t page_size = 0;      // 0: the source's own
  std::uint32_t smallest_page = 1;  // what the source takes as a page size at least
  std::uint32_t smaller_after = 0;  // failures of a page until pages are halved; 0: never
  std::string position_parameter;   // page=, offset=, cursor=, after=
  std::uint32_t first_page = 0;     // kPageNumber
  json::Path total;                 // kPageNumber, kOffset, End::kTotal
  json::Path total_is_exact;        // where the answer says so; else the total counts for nothing
  json::Path key_path;              // kLastKey: in a record; counting: instead of its key
  std::string first_key;            // kLastKey: sent with the first page; empty: nothing is
  bool repeats = false;             // counting to a total: a record may come twice and counts once
  ExportRule export_job;            // kExportJob
};

// One GET with its paging: what a data set and a relation have in common.
struct Request {
  std::string address = "api";
  std::string path;                      // "/users"; "{key}" for per-parent requests
  std::vector<std::string> older_paths;  // asked in this order when the source knows no `path`
  std::string lane;
  double units = 1;              // charged per request before the answer tells the real cost
  json::Path records;            // "value"
  bool any_records = false;      // instead: the only array in the answer, whatever its name
  bool absent_is_empty = false;  // no array where the records should be means that there are none
  Paging paging;
  // "$expand" -> "manager($select=id)"; {field} and {ago:field} are worked out for every session.
  std::map<std::string, std::string> parameters;
  std::map<std::string, std::string> headers;
  std::string fields_parameter;    // "$select"; empty: the source sends what it sends
  bool repeats_fields = false;     // section=A&section=B instead of section=A,B
  bool only_named_fields = false;  // what has no `request` comes without being asked for
  std::vector<std::string> fields_always;
  std::vector<std::string> permissions;  // of whom it belongs to: named when it is refused
};

struct Filter {                                   // the source's own filter language
  std::string parameter;                          // "$filter"; empty: the API has none
  std::map<std::string, std::string> parameters;  // sent along with a filter
  std::map<std::string, std::string> headers;
  std::string join;  // of an admin's filter with that of a pass: "({filter}) and ({pass})"
};

// A part of a data set. One that has passes is read once for each, and only all are the whole.
struct Pass {
  std::map<std::string, std::string> parameters;
  std::string filter;  // in the source's language
};

// One GET per record, for what the listing does not tell.
struct Detail {
  Request request;       // path with "{key}"; empty: there is none
  json::Path record;     // the object in the answer; its members are put over those of the record
  json::Path key_path;   // in the listed record
  std::string into;      // the answer becomes this member, whatever it is; empty: its members do
  bool is_list = false;  // the answer is a list in pages, all of whose records become `into`
  Where when;            // of the listed record: which have details at all
};

// What is read instead by a source that knows none of the paths: an older one.
struct Older {
  Request request;  // empty path: there is none
  Detail detail;    // asked for every record
};

// How many records there are, as the source itself tells.
struct Expected {
  Request request;  // empty path: it does not
  json::Path value;
  double at_least = 1;  // the share of that number without which a reading is not whole
};

// Records that stand inside those of another data set.
struct RowRule {
  std::string of;       // data set; empty: the data set has a request of its own
  json::Path path;      // in its records: "applications[]"
  Where when;           // of the elements there: which are records
  std::string request;  // field to ask the source for; empty: the path's first key
  bool detail = false;  // they stand in the details of its records only
};

// What tells that records of different sources are one thing.
enum class IdentifierKind {
  kSerialNumber,
  kDeviceId,  // in Entra ID
  kEmail
};
std::string_view to_string(IdentifierKind kind);  // "serial_number", "device_id", "email"
std::optional<IdentifierKind> identifier_kind(std::string_view text);
const std::vector<std::string>& identifier_kinds();  // their names

struct DataSet {
  std::string name;   // "users"
  std::string title;  // object type: "Entra User". Frozen on first import.
  std::string description;
  bool default_on = true;
  Request request;  // none when `rows` tell where the records are
  RowRule rows;
  std::vector<json::Path> embedded_json;  // texts that are read as the JSON they hold
  bool null_is_unread = false;  // of a part that was asked for: the source could not read it
  Filter filter;
  std::vector<Pass> passes;
  Detail detail;
  Older older;
  Expected expected;
  Request record;     // of one by its key, which is all it asks for; empty path: there is none
  std::string key;    // attribute name
  std::string label;  // attribute name
  std::vector<std::string> permissions;
  std::vector<Attribute> attributes;
  std::vector<Reference> references;
  std::map<IdentifierKind, std::string> identifiers;  // attribute names
  std::string slow;     // non-empty: why reading takes long, told by plan and sources
  std::string warning;  // non-empty: what an import cannot show, told by check, plan and sources
  std::string absent;   // why the source may not have the list at all
  // What no attribute, condition or added path may look at, and what of it is harmless (never.h).
  std::vector<json::Path> never, never_but;

  bool has_detail() const { return !detail.request.path.empty(); }
  bool has_record() const { return !record.path.empty(); }
  bool has_older() const { return !older.request.path.empty(); }
  bool is_rows() const { return !rows.of.empty(); }
  const Attribute* find_attribute(std::string_view attribute_name) const;
  const Reference* find_reference(std::string_view reference_name) const;
};

// Pairs (parent record, member record) that are read beside the data sets.
struct Relation {
  enum class Strategy {
    kPerParent,  // one listing per parent
    kBatch,      // the same, up to `batch_size` first pages in one POST
    kExpand,     // the parents' own listing with the members inside each record
    kList        // one listing of pairs
  };
  std::string name;
  std::string description;
  std::string parent;  // data set
  Strategy strategy = Strategy::kPerParent;
  Request request;                    // kExpand: the listing; otherwise per parent
  json::Path parent_key;              // kExpand, kList: where a record names its parent
  std::vector<Piece> parent_compose;  // kList, instead: the key is a text made of several values
  json::Path members;     // kExpand: the members inside a record; else the record itself
  json::Path member_key;  // inside a member
  std::vector<Piece> member_compose;  // kList, instead
  json::Path member_type;             // inside a member; empty: all members are of `targets[""]`
  std::map<std::string, std::string>
      targets;  // member type -> data set; "" = the only one;
                // several data sets for one type: separated by "|", the one that has the key
  std::uint32_t expand_cap = 0;  // kExpand: this many members = maybe cut; read them by `reread`
  std::string reread;            // kExpand: per-parent path
  std::string batch_path;        // kBatch: "/$batch"
  std::uint32_t batch_size = 20;
  Where hidden_when;  // parents whose empty answer may mean "not shown to us"
  std::string hidden_permission;
  std::vector<std::string> hidden_fields;  // what hidden_when needs of the parent
  Where skip_when;                         // parents whose members nobody wants; always: none
  std::vector<std::string> skip_fields;    // what skip_when needs of the parent
  std::vector<std::string> permissions;
  std::string otherwise;  // relation that is read instead when the token lacks a permission
};

// Where the source tells when a credential of the connection ends.
struct ExpiryRule {
  std::string field;       // connection field that holds it; not filled in: nothing to look for
  Request request;         // one GET; {field} in path and parameters
  json::Path credentials;  // in the answer: "passwordCredentials[]"
  json::Path end;          // in each of these: a time
  json::Path hint;         // in each: how the credential begins; empty: nobody tells which is ours
  std::string permission;  // without which it is not looked for
};

struct LookupTable {
  std::string name;
  std::map<std::string, std::string, std::less<>> rows;
};

struct Source {
  std::string name;         // "entra"
  bool is_bundled = false;  // a part of muster, not somebody's own
  std::string title;        // "Microsoft Entra ID"
  std::string description;
  std::vector<ConnectionField> connection;
  std::vector<std::vector<std::string>>
      connection_needs;  // each: at least one of these groups; "a+b" = both
  std::vector<Address> addresses;
  SignIn sign_in;
  std::vector<SignIn> other_sign_ins;  // used when the fields of those before are not filled in
  std::map<std::string, std::string> headers;  // on every request
  std::vector<LaneRule> lanes;
  json::Path error_code;  // where an error answer holds its code: "error.code"
  json::Path error_message;
  std::string request_id_header;  // for support: "request-id"
  std::vector<ErrorRule> errors;
  std::vector<Permission> permissions;
  std::string granting;  // how: "and give consent", after the names of permissions
  std::vector<ExpiryRule> expiries;
  std::vector<DataSet> data_sets;
  std::vector<Relation> relations;
  std::vector<LookupTable> tables;

  const DataSet* find_data_set(std::string_view data_set) const;
  const Relation* find_relation(std::string_view relation) const;
  const ConnectionField* find_field(std::string_view field) const;
  const Address* find_address(std::string_view address) const;
  const LaneRule* find_lane(std::string_view lane) const;
  const Permission* find_permission(std::string_view permission) const;
  const LookupTable* find_table(std::string_view table) const;
};

}  // namespace muster::catalogue
