// What is kept out of every import, and that the catalogue itself obeys.
#include "catalogue/loading.h"
#include "catalogue/never.h"

namespace muster::catalogue {
namespace {

void check_value(Loading& loading, const DataSet& set, const json::Path& path, Mark mark, Use use) {
  if (path.text().empty()) return;
  if (const auto why = why_kept_out(loading.source, set, path, use)) {
    loading.check.error(mark, *why);
  }
}

void check_condition(Loading& loading, const DataSet& set, const Where& where, Mark mark) {
  for (const json::Path& path : where.paths()) {
    check_value(loading, set, path, mark, Use::kCondition);
  }
}

void check_attribute(Loading& loading, const DataSet& set, const Attribute& attribute, Mark mark) {
  const auto check = [&](const json::Path& path) {
    check_value(loading, set, path, mark, Use::kValue);
  };
  // How many there are tells nothing of what they hold.
  if (attribute.combine != Attribute::Combine::kCount) check(attribute.path);
  for (const json::Path& path : attribute.first_of) check(path);
  for (const Term& term : attribute.sum) check(term.path);
  for (const Piece& piece : attribute.compose) check(piece.path);
  for (const Choice& choice : attribute.choices) check_condition(loading, set, choice.when, mark);
}

// The paths of `compose` begin at each value of `path`.
void check_reference(Loading& loading, const DataSet& set, const Reference& reference, Mark mark) {
  check_condition(loading, set, reference.when, mark);
  if (reference.compose.empty()) {
    return check_value(loading, set, reference.path, mark, Use::kValue);
  }
  for (const Piece& piece : reference.compose) {
    if (piece.path.text().empty()) continue;
    const std::string& at = reference.path.text();
    const std::string whole =
        at.empty() ? piece.path.text() : fmt::format("{}.{}", at, piece.path.text());
    check_value(loading, set, loading.parsed_path(whole, mark), mark, Use::kValue);
  }
}

}  // namespace

void load_never(Loading& loading, MappingReader& map, DataSet& set) {
  for (const std::string& text : map.texts("never")) {
    const bool is_but = text.starts_with('-');
    json::Path path =
        loading.parsed_path(std::string_view(text).substr(is_but ? 1 : 0), map.mark_of("never"));
    if (path.text().empty()) {
      loading.check.error(map.mark_of("never"), "\"never\" must be a list of paths");
      continue;
    }
    (is_but ? set.never_but : set.never).push_back(std::move(path));
  }
  for (const json::Path& but : set.never_but) {
    const bool is_part = std::ranges::any_of(set.never, [&](const json::Path& never) {
      return but.overlap(never) == json::Path::Overlap::kWithin;
    });
    if (is_part) continue;
    loading.check.error(map.mark_of("never"),
                        fmt::format("\"-{0}\": no other path of \"never\" keeps "
                                    "{0} out",
                                    but.text()));
  }
  loading.later([&loading, name = set.name, mark = map.mark()] {
    const DataSet* loaded = loading.source.find_data_set(name);
    if (loaded == nullptr) return;
    check_condition(loading, *loaded, loaded->detail.when, mark);
  });
}

void check_kept_out(Loading& loading, const std::string& data_set, const std::string& column,
                    Mark mark) {
  loading.later([&loading, data_set, column, mark] {
    const DataSet* set = loading.source.find_data_set(data_set);
    if (set == nullptr) return;
    if (const Attribute* attribute = set->find_attribute(column)) {
      check_attribute(loading, *set, *attribute, mark);
    } else if (const Reference* reference = set->find_reference(column)) {
      check_reference(loading, *set, *reference, mark);
    }
  });
}

void check_kept_out_of_parent(Loading& loading, const std::string& name, Mark mark) {
  loading.later([&loading, name, mark] {
    const Relation* relation = loading.source.find_relation(name);
    const DataSet* parent =
        relation == nullptr ? nullptr : loading.source.find_data_set(relation->parent);
    if (parent == nullptr) return;
    check_condition(loading, *parent, relation->hidden_when, mark);
    check_condition(loading, *parent, relation->skip_when, mark);
    if (relation->strategy != Relation::Strategy::kExpand) return;
    const std::string member =
        fmt::format("{}.{}", relation->members.text(), relation->member_key.text());
    check_value(loading, *parent, loading.parsed_path(member, mark), mark, Use::kValue);
  });
}

}  // namespace muster::catalogue
