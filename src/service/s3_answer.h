// The XML that S3 answers with, as a small tree: elements, their text and their children. What S3
// never sends (document types, processing instructions, text beside children) is refused or passed
// over; nothing is fetched and nothing is expanded but the five names and the numbers of
// characters.
//
//   const XmlElement list = TRY(parse_xml(response.body));
//   for (const XmlElement* object : list.all("Contents")) use(object->text_of("Key"));
//
// Errors: kMalformed `backup`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace muster::service {

struct XmlElement {
  std::string name;  // without its prefix
  std::string text;
  std::vector<XmlElement> children;

  const XmlElement* find(std::string_view child) const;  // the first; null: none
  std::string_view text_of(std::string_view child) const;
  std::vector<const XmlElement*> all(std::string_view child) const;
};

base::Result<XmlElement> parse_xml(std::string_view text);
std::string xml_escape(std::string_view text);

}  // namespace muster::service
