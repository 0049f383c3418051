#include "web/set_up_page.h"

#include "web/answer.h"

namespace muster::web {
namespace {

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>muster: first start</title></head>
<body>
<h1>First start of muster</h1>
<p>Make the first operator, who may do everything. This works once.</p>
<form>
<p><label>Name <input name="admin" autocomplete="username" required pattern="[a-z0-9._@+\-]{1,64}"
  title="1 to 64 of a-z, 0-9 and . _ - @ +"></label></p>
<p><label>Password <input name="password" type="password" autocomplete="new-password" required
  minlength="8"></label></p>
<p><button>Make the operator</button></p>
</form>
<p role="status"></p>
<script src="/set-up.js"></script>
</body>
</html>
)";

constexpr std::string_view kScript = R"('use strict';
const form = document.querySelector('form');
const told = document.querySelector('[role=status]');
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const values = new FormData(form);
  const answer = await fetch('/api/v1/set-up', {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({token, admin: values.get('admin'), password: values.get('password')})
  });
  const body = await answer.json();
  told.textContent = answer.ok ? `${values.get('admin')} is operator, and signed in.` : body.detail;
  if (answer.ok) form.remove();
});
)";

// https://www.w3.org/TR/CSP3/
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'";

}  // namespace

std::optional<net::ServerResponse> set_up_page(std::string_view path) {
  if (path != "/set-up" && path != "/set-up.js") return std::nullopt;
  const bool is_page = path == "/set-up";
  net::ServerResponse response =
      json_answer(200, std::string(is_page ? kPage : kScript),
                  is_page ? "text/html; charset=utf-8" : "text/javascript; charset=utf-8");
  for (net::Header& header : response.headers) {
    if (header.name == "Content-Security-Policy") header.value = kPolicy;
  }
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  return response;
}

}  // namespace muster::web
