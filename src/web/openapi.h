// The OpenAPI 3.1 document of the API, made of its routes.
// https://spec.openapis.org/oas/v3.1.0
#pragma once

#include <span>
#include <string>

#include "web/route.h"

namespace muster::web {

std::string openapi_document(std::span<const Route> routes);

}  // namespace muster::web
