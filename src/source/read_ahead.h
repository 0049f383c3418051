// Asks for the next page of a list while the present one is still arriving.
//
// Some services write their next link before the records (OData does), so that it is known long
// before the page is whole. Asking early is only a guess: the answer is used when the listing,
// after judging the whole of the present page, asks for exactly that URL; else it is dropped. So
// pages still come strictly one after the other, and never more than one is under way ahead of
// them. The first page shows whether this service does so at all.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/model.h"
#include "net/http.h"
#include "source/session.h"

namespace muster::source {

// The value of `next_key` when it is a text that stands before the member `records_key`; empty when
// it is not there or cannot be told yet.
std::string find_early_link(std::string_view beginning, std::string_view next_key,
                            std::string_view records_key);

class ReadAhead {
 public:
  // The URL to ask for early when a page announces this link; nullopt: wait for the whole page.
  using Allow = std::function<std::optional<std::string>(std::string link)>;

  // nullptr when the paging knows no link that could stand before the records. `allow` is called by
  // the thread that calls get().
  static std::unique_ptr<ReadAhead> make(Session& session, const catalogue::Request& request,
                                         Allow allow);
  ~ReadAhead();

  // Session::get(), from what is under way already if that is for this URL. One thread.
  // `options` count for this page and, but for is_first, for those asked for meanwhile.
  base::Result<net::Response> get(const std::string& url, PageOptions options,
                                  const base::Stop& stop);

 private:
  class Exchange;
  ReadAhead(Session& session, const catalogue::Request& request, Allow allow);
  std::string find_link(std::string_view beginning) const;

  Session& session_;
  const catalogue::Request& request_;
  const std::string next_key_;
  const std::string records_key_;
  const Allow allow_;
  bool is_announcing_ = false;  // links were seen to stand before the records
  std::unique_ptr<Exchange> ahead_;
};

}  // namespace muster::source
