// The bare floor of the benchmark: libcurl, simdjson and string append, nothing else. It reads the
// same users, groups and memberships and sends the same objects, submitting while it reads. It
// proves nothing (no completeness, no limits, no retries, no comparison), which is what makes it
// the floor.
//
//   bench_floor TOKEN_URL CLIENT_ID SECRET USERS_URL GROUPS_URL BATCH_URL ASSETS_URL TOKEN CA_FILE
//   BATCHES CHUNKS
//
// USERS_URL and GROUPS_URL carry the same $select and $top as the importer's own requests.
#include <curl/curl.h>
#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Call {
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
  std::string body, answer;
  std::function<void(Call&)> done;
};

std::size_t collect(char* data, std::size_t size, std::size_t count, void* call) {
  static_cast<Call*>(call)->answer.append(data, size * count);
  return size * count;
}

[[noreturn]] void die(const std::string& what) {
  std::cerr << "bench_floor: " << what << "\n";
  std::exit(1);
}

class Floor {
 public:
  explicit Floor(char** arguments) : arguments_(arguments), multi_(curl_multi_init()) {
    batches_allowed_ = std::atoi(arguments[10]);
    chunks_allowed_ = std::atoi(arguments[11]);
  }

  void run();

 private:
  void send(const std::string& method, const std::string& url, const std::string& bearer,
            std::string body, const char* type, std::function<void(Call&)> done);
  void loop_until(const std::function<bool()>& done);
  void read_users(const std::string& url);
  void read_groups(const std::string& url);
  void send_batches(bool last);
  void read_batch(Call& call);
  void append_value(simdjson::ondemand::value value);
  void add_object(const char* selector, bool last);
  void close_chunk(const char* selector);
  void send_chunks();
  bool may_send();

  char** arguments_;
  CURLM* multi_;
  std::vector<CURL*> idle_;
  int running_ = 0;
  std::string graph_token_, data_url_, status_url_, object_;
  simdjson::ondemand::parser parser_;
  std::vector<std::string> group_ids_;
  std::size_t next_group_ = 0;
  int batches_ = 0, batches_allowed_ = 8, chunks_ = 0, chunks_allowed_ = 4;
  bool groups_done_ = false, users_done_ = false, is_ingesting_ = false, is_asking_ = false;
  std::map<std::string, std::string> open_;  // selector -> objects
  std::map<std::string, int> open_count_;
  std::deque<std::string> waiting_;
  std::size_t sequence_ = 0, users_ = 0, groups_ = 0, members_ = 0, bytes_out_ = 0;
  std::vector<std::pair<std::string, std::string>> group_objects_;
};

void Floor::send(const std::string& method, const std::string& url, const std::string& bearer,
                 std::string body, const char* type, std::function<void(Call&)> done) {
  auto* call = new Call;
  if (idle_.empty()) {
    call->handle = curl_easy_init();
  } else {
    call->handle = idle_.back();
    idle_.pop_back();
    curl_easy_reset(call->handle);
  }
  call->body = std::move(body);
  call->done = std::move(done);
  if (!bearer.empty())
    call->headers = curl_slist_append(nullptr, ("Authorization: Bearer " + bearer).c_str());
  if (type != nullptr)
    call->headers =
        curl_slist_append(call->headers, (std::string("Content-Type: ") + type).c_str());
  call->headers = curl_slist_append(call->headers, "Expect:");
  CURL* handle = call->handle;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, call->headers);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle, CURLOPT_CAINFO, arguments_[9]);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
  if (!call->body.empty() || method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call->body.c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(call->body.size()));
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, call);
  curl_easy_setopt(handle, CURLOPT_PRIVATE, call);
  curl_multi_add_handle(multi_, handle);
}

void Floor::loop_until(const std::function<bool()>& done) {
  while (!done()) {
    curl_multi_perform(multi_, &running_);
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* handle = message->easy_handle;
      const CURLcode code = message->data.result;
      Call* call = nullptr;
      long status = 0;
      curl_easy_getinfo(handle, CURLINFO_PRIVATE, &call);
      curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
      if (code != CURLE_OK) die(curl_easy_strerror(code));
      if (status / 100 != 2)
        die("HTTP " + std::to_string(status) + ": " + call->answer.substr(0, 300));
      curl_multi_remove_handle(multi_, handle);
      curl_slist_free_all(call->headers);
      idle_.push_back(handle);
      call->done(*call);
      delete call;
    }
    if (!done()) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
  }
}

void Floor::append_value(simdjson::ondemand::value value) {
  const std::string_view text = value.raw_json_token();
  simdjson::ondemand::json_type type = value.type();
  if (type == simdjson::ondemand::json_type::array ||
      type == simdjson::ondemand::json_type::object) {
    object_ += "\"\"";
    return;
  }
  std::size_t size = text.size();
  while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\n')) --size;
  object_ += text.substr(0, size);
}

void Floor::add_object(const char* selector, bool) {
  std::string& objects = open_[selector];
  if (!objects.empty()) objects += ',';
  objects += object_;
  if (++open_count_[selector] == 500) close_chunk(selector);
}

void Floor::close_chunk(const char* selector) {
  std::string& objects = open_[selector];
  if (objects.empty()) return;
  std::string body = std::string("{\"data\":{\"") + selector + "\":[" + objects +
                     "]},\"clientGeneratedId\":\"floor/" + std::to_string(++sequence_) + "\"}";
  bytes_out_ += body.size();
  waiting_.push_back(std::move(body));
  objects.clear();
  open_count_[selector] = 0;
  send_chunks();
}

// Asked whenever there is something to send, until it says so.
bool Floor::may_send() {
  if (is_ingesting_ || is_asking_) return is_ingesting_;
  is_asking_ = true;
  send("GET", status_url_, arguments_[8], "", nullptr, [this](Call& call) {
    is_asking_ = false;
    is_ingesting_ = call.answer.find("INGESTING") != std::string::npos;
    send_chunks();
  });
  return false;
}

void Floor::send_chunks() {
  if (waiting_.empty() || !may_send()) return;
  while (chunks_ < chunks_allowed_ && !waiting_.empty()) {
    ++chunks_;
    std::string body = std::move(waiting_.front());
    waiting_.pop_front();
    send("POST", data_url_, arguments_[8], std::move(body), "application/json", [this](Call&) {
      --chunks_;
      send_chunks();
    });
  }
}

void Floor::read_users(const std::string& url) {
  send("GET", url, graph_token_, "", nullptr, [this](Call& call) {
    call.answer.reserve(call.answer.size() + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document page = parser_.iterate(call.answer);
    std::string next;
    for (auto field : page.get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key == "@odata.nextLink") {
        next = std::string_view(field.value().get_string());
        read_users(next);  // the next page is asked for before this one is worked on
      } else if (key == "value") {
        for (auto user : field.value().get_array()) {
          object_ = "{";
          for (auto attribute : user.get_object()) {
            if (object_.size() > 1) object_ += ',';
            object_ += '"';
            object_ += std::string_view(attribute.unescaped_key());
            object_ += "\":";
            append_value(attribute.value());
          }
          object_ += '}';
          ++users_;
          add_object("users", false);
        }
      }
    }
    if (next.empty()) {
      close_chunk("users");
      users_done_ = true;
    }
  });
}

void Floor::read_groups(const std::string& url) {
  send("GET", url, graph_token_, "", nullptr, [this](Call& call) {
    call.answer.reserve(call.answer.size() + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document page = parser_.iterate(call.answer);
    std::string next;
    for (auto field : page.get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key == "@odata.nextLink") {
        next = std::string_view(field.value().get_string());
      } else if (key == "value") {
        for (auto group : field.value().get_array()) {
          object_ = "{";
          std::string id;
          for (auto attribute : group.get_object()) {
            const std::string_view name = attribute.unescaped_key();
            if (object_.size() > 1) object_ += ',';
            object_ += '"';
            object_ += name;
            object_ += "\":";
            const std::size_t begin = object_.size();
            append_value(attribute.value());
            if (name == "id") id = object_.substr(begin + 1, object_.size() - begin - 2);
          }
          ++groups_;
          group_ids_.push_back(id);
          group_objects_.emplace_back(object_, "");
        }
      }
    }
    if (next.empty()) {
      groups_done_ = true;
    } else {
      read_groups(next);
    }
    send_batches(false);
  });
}

void Floor::send_batches(bool) {
  while (batches_ < batches_allowed_ && next_group_ < group_ids_.size() &&
         (groups_done_ || group_ids_.size() - next_group_ >= 20)) {
    std::string body = "{\"requests\":[";
    const std::size_t end = std::min(next_group_ + 20, group_ids_.size());
    for (std::size_t i = next_group_; i < end; ++i) {
      if (i != next_group_) body += ',';
      body += "{\"id\":\"" + std::to_string(i) + "\",\"method\":\"GET\",\"url\":\"/groups/" +
              group_ids_[i] + "/members?$top=999&$select=id\"}";
    }
    body += "]}";
    next_group_ = end;
    ++batches_;
    send("POST", arguments_[6], graph_token_, std::move(body), "application/json",
         [this](Call& call) { read_batch(call); });
  }
}

void Floor::read_batch(Call& call) {
  --batches_;
  send_batches(false);
  call.answer.reserve(call.answer.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document answer = parser_.iterate(call.answer);
  for (auto item : answer["responses"].get_array()) {
    std::size_t group = 0;
    for (auto field : item.get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key == "id") {
        group = std::strtoull(std::string(std::string_view(field.value().get_string())).c_str(),
                              nullptr, 10);
      } else if (key == "body") {
        std::string& members = group_objects_[group].second;
        for (auto part : field.value().get_object()) {
          if (std::string_view(part.unescaped_key()) != "value") continue;
          for (auto member : part.value().get_array()) {
            members += members.empty() ? "\"" : ",\"";
            members += std::string_view(member["id"].get_string());
            members += '"';
            ++members_;
          }
        }
      }
    }
  }
}

void Floor::run() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  bool ready = false;
  send("POST", arguments_[1], "",
       "client_id=" + std::string(arguments_[2]) + "&client_secret=" + arguments_[3] +
           "&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
       "application/x-www-form-urlencoded", [&](Call& call) {
         call.answer.reserve(call.answer.size() + simdjson::SIMDJSON_PADDING);
         simdjson::ondemand::document answer = parser_.iterate(call.answer);
         graph_token_ = std::string_view(answer["access_token"].get_string());
         ready = true;
       });
  loop_until([&] { return ready; });
  std::string execution;
  send("POST", arguments_[7], arguments_[8], "{}", "application/json", [&](Call& call) {
    call.answer.reserve(call.answer.size() + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document answer = parser_.iterate(call.answer);
    for (auto link : answer["links"].get_object()) {
      const std::string_view name = link.unescaped_key();
      if (name == "submitResults") data_url_ = std::string_view(link.value().get_string());
      if (name == "getExecutionStatus") status_url_ = std::string_view(link.value().get_string());
    }
  });
  loop_until([&] { return !data_url_.empty(); });
  read_users(arguments_[4]);
  read_groups(arguments_[5]);
  loop_until([&] {
    return users_done_ && groups_done_ && batches_ == 0 && next_group_ == group_ids_.size();
  });
  for (auto& [object, members] : group_objects_) {
    object_ = object + ",\"members\":[" + members + "]}";
    add_object("groups", false);
  }
  close_chunk("groups");
  loop_until([&] { return chunks_ == 0 && waiting_.empty(); });
  bool completed = false;
  send("POST", data_url_, arguments_[8], "{\"completed\":true}", "application/json",
       [&](Call&) { completed = true; });
  loop_until([&] { return completed; });
  // What Assets takes for itself is in both times.
  bool is_done = false;
  std::function<void(Call&)> look = [&](Call& call) {
    is_done = call.answer.find("DONE") != std::string::npos;
    if (!is_done) send("GET", status_url_, arguments_[8], "", nullptr, look);
  };
  send("GET", status_url_, arguments_[8], "", nullptr, look);
  loop_until([&] { return is_done; });
  std::printf(
      "{\"users\":%zu,\"groups\":%zu,\"memberships\":%zu,\"chunks\":%zu,\"bytes_out\":%zu}\n",
      users_, groups_, members_, sequence_, bytes_out_);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 12) die("usage: see the head of bench/floor.cc");
  Floor(arguments).run();
}
