// Where the object types of an importer stand when they are drawn: columns from left to right, so that
// most references point to the right.
export interface GraphAttribute {
  name: string;
  type: string;
  description: string;
  key: boolean;
  label: boolean;
  many?: boolean;
  target?: string;
  target_importer?: string;
}
export interface GraphType {
  name: string;
  data_set: string;
  description: string;
  attributes: GraphAttribute[];
}
export interface Box {
  name: string;
  importer: string; // "": of this one
  lines: { text: string; note: string }[];
  more: number; // attributes that are not written
  x: number;
  y: number;
  height: number;
}
export interface Arrow {
  from: Box;
  to: Box;
  names: string[];
}

export const WIDTH = 200;
export const LINE = 20;
export const HEAD = 32;
const GAP_X = 56;
const GAP_Y = 24;
const MOST_LINES = 7;

// Types that others lead to stand to the right of them; a circle is cut where it closes.
function columns_of(names: string[], edges: [string, string][]) {
  const column = new Map<string, number>();
  const visit = (name: string, path: string[]): number => {
    const known = column.get(name);
    if (known !== undefined) return known;
    const before = edges.filter(([from, to]) => to === name && from !== name && !path.includes(from)).map(([from]) => visit(from, [...path, name]));
    const found = before.length > 0 ? Math.max(...before) + 1 : 0;
    if (path.length === 0) column.set(name, found);
    return found;
  };
  names.forEach((name) => visit(name, []));
  return column;
}

export function lay_out(types: GraphType[]) {
  const boxes = new Map<string, Box>();
  for (const { name, attributes } of types) {
    const plain = attributes.filter((each) => !each.target);
    const ordered = [...plain.filter((each) => each.key || each.label), ...plain.filter((each) => !each.key && !each.label)];
    const lines = ordered.slice(0, MOST_LINES).map((each) => ({ text: each.name, note: each.key ? 'key' : each.label ? 'label' : each.type }));
    const more = ordered.length - lines.length;
    boxes.set(name, { name, importer: '', lines, more, x: 0, y: 0, height: HEAD + LINE * (lines.length + (more > 0 ? 1 : 0)) + 8 });
  }
  const arrows = new Map<string, Arrow>();
  for (const type of types) {
    for (const attribute of type.attributes) {
      if (!attribute.target) continue;
      const importer = attribute.target_importer ?? '';
      const key = importer ? `${attribute.target} of ${importer}` : attribute.target;
      if (!boxes.has(key)) boxes.set(key, { name: attribute.target, importer, lines: [], more: 0, x: 0, y: 0, height: HEAD + (importer ? LINE : 0) });
      const [from, to] = [boxes.get(type.name), boxes.get(key)];
      if (!from || !to) continue;
      const arrow = arrows.get(`${type.name}>${key}`) ?? { from, to, names: [] };
      arrow.names.push(attribute.name);
      arrows.set(`${type.name}>${key}`, arrow);
    }
  }
  const keys = [...boxes.keys()];
  const edges = [...arrows.keys()].map((key) => key.split('>') as [string, string]);
  const column = columns_of(keys, edges);
  const used = [...new Set([...column.values()])].sort((a, b) => a - b);
  const bottoms: number[] = used.map(() => 0);
  for (const key of keys) {
    const box = boxes.get(key);
    const at = used.indexOf(column.get(key) ?? 0);
    if (!box) continue;
    box.x = at * (WIDTH + GAP_X) + 8;
    box.y = (bottoms[at] ?? 0) + 8;
    bottoms[at] = box.y + box.height + GAP_Y - 8;
  }
  return { boxes: [...boxes.values()], arrows: [...arrows.values()], width: used.length * (WIDTH + GAP_X) - GAP_X + 48, height: Math.max(0, ...bottoms) + 8 };
}

// From the side of one box to the side of another.
export function path_of({ from, to }: Arrow) {
  const y1 = from.y + HEAD / 2;
  const y2 = to.y + HEAD / 2;
  if (from === to) return `M ${from.x + WIDTH} ${y1 - 6} c 34 -14, 34 30, 2 16`;
  if (to.x > from.x) return `M ${from.x + WIDTH} ${y1} C ${from.x + WIDTH + 50} ${y1}, ${to.x - 50} ${y2}, ${to.x - 2} ${y2}`;
  if (to.x < from.x) return `M ${from.x} ${y1} C ${from.x - 50} ${y1}, ${to.x + WIDTH + 50} ${y2 + 8}, ${to.x + WIDTH + 2} ${y2 + 8}`;
  return `M ${from.x + WIDTH} ${y1} C ${from.x + WIDTH + 60} ${y1}, ${to.x + WIDTH + 60} ${y2}, ${to.x + WIDTH + 2} ${y2}`;
}
