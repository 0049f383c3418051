// What libcurl's failures mean to the person who must mend them.
#pragma once

#include <curl/curl.h>

#include <string>

#include "base/error.h"
#include "net/http.h"
#include "net/url.h"

namespace muster::net {

struct CurlFailure {
  CURL* easy = nullptr;
  CURLcode code = CURLE_OK;
  std::string_view detail;  // from CURLOPT_ERRORBUFFER
};

base::Error describe(const CurlFailure& failure, const Request& request, const Url& url);

base::Error cancelled();

}  // namespace muster::net
