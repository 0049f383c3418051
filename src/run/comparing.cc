#include "run/comparing.h"

#include <fmt/format.h>

#include <algorithm>

#include "assets/destination.h"
#include "base/text.h"

namespace muster::run {

namespace {

void park_what_is_too_large(const mapping::Plan& plan, std::size_t data_set, const Joins& joins,
                            Collection& collection) {
  for (std::size_t object = 0; object < collection.objects(); ++object) {
    if (!collection.is_live(object)) continue;
    const std::size_t own = collection.size_at_most(object);
    if (joins.is_within(object, assets::kMaxChunkBytes - own)) continue;
    const Joins::Largest largest = joins.largest(object);
    collection.park(
        object,
        {"", "too_large",
         fmt::format("{} in \"{}\" make the object larger than a chunk may be ({}); put this "
                     "relation on the other side, or exclude the attribute",
                     base::count_of(largest.references, "reference"),
                     plan.type_of(data_set).attributes[largest.attribute].name,
                     base::format_bytes(assets::kMaxChunkBytes))});
  }
}

std::string pack(const mapping::Plan& plan, std::size_t data_set, const Collection& collection,
                 const Joins& joins, const crypto::HashKey& hash_key) {
  BaselineHeader header;
  header.fingerprint = plan.data_sets[data_set].fingerprint;
  header.nameless = collection.nameless();
  for (const auto& attribute : plan.type_of(data_set).attributes) {
    header.attributes.push_back(attribute.external_id);
  }
  BaselineBuilder builder(header, collection.counts().formatted);
  std::vector<std::uint64_t> present;
  for (std::size_t object = 0; object < collection.objects(); ++object) {
    if (!collection.is_live(object)) continue;
    joins.present(object, present);
    builder.add(crypto::keyed_hash(hash_key, collection.keys().text(collection.key_of(object))),
                joins.hash(object), present);
  }
  return builder.pack();
}

std::vector<DroppedDataSet> find_dropped(const mapping::Plan& plan, const Baseline& before) {
  std::vector<DroppedDataSet> dropped;
  for (const auto& [name, block] : before.data_sets) {
    const bool is_selected =
        std::any_of(plan.data_sets.begin(), plan.data_sets.end(),
                    [&](const auto& set) { return set.data_set->name == name; });
    if (is_selected) continue;
    const auto view = BaselineView::open(block);
    if (view.ok() && view->size() == 0) continue;
    const catalogue::DataSet* known = plan.source->find_data_set(name);
    DroppedDataSet& one =
        dropped.emplace_back(DroppedDataSet{name, known == nullptr ? name : known->title});
    if (!view.ok()) continue;
    KeyDigest keys;
    for (std::size_t i = 0; i < view->size(); ++i) keys.add(view->key(i));
    one.objects = view->size();
    one.keys = keys.text();
  }
  return dropped;
}

// Nobody is asked about what a change of the settings leaves out, so it is told with its number.
std::string rebased_notice(const std::string& name, const Comparison& seen, bool is_whole) {
  return fmt::format(
      "{}: {}, so what is missing is not judged this time: {} of {} of that run {} not among what "
      "was read now.",
      name,
      is_whole ? "filter or where changed since the last completed run"
               : "only the first few were read, because of a limit",
      base::with_thousands(seen.missing + seen.parked), base::count_of(seen.before, "object"),
      seen.missing + seen.parked == 1 ? "is" : "are");
}

// External ids end in the attribute's name.
std::string deselected_notice(const std::string& name, const BaselineHeader& before,
                              const BaselineHeader& now) {
  std::vector<std::string_view> gone;
  for (std::size_t i = 0; i + before.deselected < before.attributes.size(); ++i) {
    const std::string& attribute = before.attributes[i];
    if (std::ranges::count(now.attributes, attribute) != 0) continue;
    gone.push_back(std::string_view(attribute).substr(attribute.rfind('/') + 1));
  }
  if (gone.empty()) return "";
  return fmt::format(
      "Not selected any more in {}: {}. Assets keeps these attributes with the values they had; "
      "muster neither changes nor compares them.",
      name, fmt::join(gone, ", "));
}

void add_notices(const std::string& name, const Comparison& comparison, const BaselineView& before,
                 const BaselineView& now, bool is_whole, std::vector<std::string>& notices) {
  if (comparison.rebased) notices.push_back(rebased_notice(name, comparison, is_whole));
  std::string deselected = deselected_notice(name, before.header(), now.header());
  if (!deselected.empty()) notices.push_back(std::move(deselected));
}

// `before`: absent when nobody can read it.
Comparison compare_blocks(const std::optional<BaselineView>& before, const BaselineView& now,
                          const mapping::DataSetPlan& plan, const Collection& collection,
                          bool is_whole, std::vector<std::string>& notices) {
  if (!before) {
    Comparison unreadable;
    unreadable.unreadable = true;
    unreadable.now = now.size();
    return unreadable;
  }
  // What the source filtered away may well be named by relations.
  const bool shows_all = is_whole && plan.filter.empty();
  Comparison comparison =
      compare(*before, now, collection.parked_keys(),
              shows_all ? collection.named_keys() : std::vector<crypto::Hash128>());
  comparison.rebased = !is_whole || before->header().fingerprint != now.header().fingerprint;
  add_notices(plan.data_set->name, comparison, *before, now, is_whole, notices);
  return comparison;
}

// In an Assets that keeps what is missing.
bool leaves_more(const std::optional<Comparison>& comparison) {
  return comparison && (comparison->kept || comparison->missing + comparison->parked > 0);
}

std::optional<BaselineView> view_of(std::string_view block) {
  auto view = BaselineView::open(block);
  return view.ok() ? std::optional(*std::move(view)) : std::nullopt;
}

// The exact memory is kept apart only where it differs from what may be there meanwhile: these
// blocks are a good part of a run's memory.
void note(Compared& compared, const std::string& name, const std::optional<BaselineView>& before,
          const BaselineView& now, std::string&& block) {
  std::string united = before ? unite(*before, now) : std::string();
  if (before && united != block) {
    compared.may_hold.data_sets[name] = std::move(united);
    compared.baseline.data_sets[name] = std::move(block);
  } else {
    compared.may_hold.data_sets[name] = std::move(block);
  }
}

}  // namespace

Compared compare_with_last_run(const mapping::Plan& plan,
                               const std::vector<std::unique_ptr<Collection>>& collections,
                               const std::vector<std::unique_ptr<Joins>>& joins,
                               const std::vector<std::optional<source::Complete>>& complete,
                               const crypto::HashKey& hash_key, std::optional<Baseline> before,
                               bool keeps_missing) {
  Compared compared;
  if (before) {
    compared.compared_with = before->run_id;
    compared.restore.run_id = compared.may_hold.run_id = before->run_id;
    compared.dropped = find_dropped(plan, *before);
  }
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    Collection& collection = *collections[i];
    park_what_is_too_large(plan, i, *joins[i], collection);
    const std::string& name = plan.data_sets[i].data_set->name;
    std::string block = pack(plan, i, collection, *joins[i], hash_key);
    // Looking at a block reads all of it, so each is looked at once.
    BaselineView now = BaselineView::open(block).value();
    const bool is_whole = complete[i] && complete[i]->is_whole();
    std::optional<Comparison>& comparison = compared.data_sets.emplace_back();
    std::string* old_block = nullptr;  // not there, or lost
    if (before && before->data_sets.contains(name)) old_block = &before->data_sets.at(name);
    const bool was_there = before && (old_block != nullptr || !before->is_whole);
    const auto old = old_block == nullptr ? std::nullopt : view_of(*old_block);
    if (was_there) {
      comparison =
          compare_blocks(old, now, plan.data_sets[i], collection, is_whole, compared.notices);
    }
    std::string more = old ? with_deselected(*old, now) : "";
    const bool has_more = !more.empty();
    if (has_more) block = std::move(more);
    const bool is_kept = is_whole && keeps_missing && leaves_more(comparison);
    if (is_kept) mark_kept(block);
    if (has_more || is_kept) now = BaselineView::open(block).value();
    if (is_whole) {
      note(compared, name, old, now, std::move(block));
    } else {  // the first few, and whatever else may be there from before
      compared.may_hold.data_sets[name] = old ? unite(*old, now) : std::move(block);
    }
    if (!was_there) {
      compared.restore.forgotten.push_back(name);
    } else {  // one that was lost stays a block that nobody can read
      compared.restore.data_sets[name] = old_block == nullptr ? "" : std::move(*old_block);
    }
  }
  return compared;
}
}  // namespace muster::run
