// A table that sorts by any column whose `by` says how. A long one draws only the rows that are seen:
// it scrolls in a window of its own, and its rows are of one height.
import { type ReactNode, type UIEvent, useEffect, useMemo, useRef, useState } from 'react';

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  by?: (row: T) => string | number;
  is_number?: boolean;
  is_wide?: boolean; // sentences
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  row_key: (row: T) => string;
  empty?: ReactNode;
  lines?: number; // of text in a row, when the table is a long one
  near_end?: () => void; // somebody scrolls towards the end of a long table
}

const LONG = 150; // rows; up to here all of them are drawn
const LINE = 20; // pixels, as app.css has both
const AROUND = 21;
const SPARE = 12; // rows that are drawn above and below those that are seen

function useSorted<T>(rows: T[], columns: Column<T>[]) {
  const [sorted, set_sorted] = useState<{ name: string; down: boolean } | null>(null);
  const by = columns.find((column) => column.name === sorted?.name)?.by;
  const latest = useRef(by);
  latest.current = by;
  const shown = useMemo(() => {
    const value = latest.current;
    if (!value || !sorted) return rows;
    const turn = sorted.down ? -1 : 1;
    const keyed = rows.map((row) => ({ row, key: value(row) }));
    keyed.sort(({ key: a }, { key: b }) => turn * (typeof a === 'number' && typeof b === 'number' ? a - b : a < b ? -1 : a > b ? 1 : 0));
    return keyed.map(({ row }) => row);
  }, [rows, sorted]);
  const sort = (name: string) => set_sorted({ name, down: sorted?.name === name && !sorted.down });
  return { shown, sorted, sort };
}

export function Table<T>({ label, columns, rows, row_key, empty = 'Nothing here yet.', lines = 1, near_end }: Props<T>) {
  const height_of_row = AROUND + LINE * lines;
  const { shown, sorted, sort } = useSorted(rows, columns);
  const [top, set_top] = useState(0);
  const [height, set_height] = useState(600);
  const region = useRef<HTMLDivElement>(null);
  const is_long = rows.length > LONG;
  const from = is_long ? Math.max(0, Math.floor(top / height_of_row) - SPARE) : 0;
  const to = is_long ? Math.min(rows.length, Math.ceil((top + height) / height_of_row) + SPARE) : rows.length;
  const is_near_end = is_long && to >= rows.length;
  useEffect(() => {
    if (is_near_end) near_end?.();
  }, [is_near_end, rows.length]);
  useEffect(() => {
    if (is_long && region.current) set_height(region.current.clientHeight);
  }, [is_long]);
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  const scrolled = (event: UIEvent<HTMLDivElement>) => {
    set_top(event.currentTarget.scrollTop);
    set_height(event.currentTarget.clientHeight);
  };
  const space = (count: number) => count > 0 && <tr aria-hidden="true" className="space" style={{ height: count * height_of_row }} />;
  return (
    <div className={is_long ? `table long lines-${lines}` : 'table'} role="region" aria-label={label} tabIndex={0} ref={region} onScroll={is_long ? scrolled : undefined}>
      <table aria-label={label} aria-rowcount={is_long ? rows.length + 1 : undefined}>
        <thead>
          <tr>
            {columns.map(({ name, by, is_number }) => (
              <th
                key={name}
                scope="col"
                className={is_number ? 'number' : undefined}
                aria-sort={sorted?.name === name ? (sorted.down ? 'descending' : 'ascending') : undefined}
              >
                {by ? (
                  <button type="button" onClick={() => sort(name)}>
                    {name}
                    <span aria-hidden="true">{sorted?.name === name ? (sorted.down ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                ) : (
                  name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {is_long && space(from)}
          {shown.slice(from, to).map((row, index) => (
            <tr key={row_key(row)} aria-rowindex={is_long ? from + index + 2 : undefined}>
              {columns.map(({ name, cell, is_number, is_wide }) => (
                <td key={name} className={is_number ? 'number' : is_wide ? 'wide' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {is_long && space(rows.length - to)}
        </tbody>
      </table>
    </div>
  );
}
