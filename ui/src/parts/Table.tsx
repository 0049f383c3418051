// A table that sorts by any column whose `by` says how.
import { type ReactNode, useMemo, useState } from 'react';

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  by?: (row: T) => string | number;
  is_number?: boolean;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  row_key: (row: T) => string;
  empty?: ReactNode;
}

export function Table<T>({ label, columns, rows, row_key, empty = 'Nothing here yet.' }: Props<T>) {
  const [sorted, set_sorted] = useState<{ name: string; down: boolean } | null>(null);
  const shown = useMemo(() => {
    const by = columns.find((column) => column.name === sorted?.name)?.by;
    if (!by || !sorted) return rows;
    const turn = sorted.down ? -1 : 1;
    return [...rows].sort((left, right) => {
      const [a, b] = [by(left), by(right)];
      return turn * (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b)));
    });
  }, [rows, columns, sorted]);
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  return (
    <div className="table" role="region" aria-label={label} tabIndex={0}>
      <table aria-label={label}>
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
                  <button type="button" onClick={() => set_sorted({ name, down: sorted?.name === name && !sorted.down })}>
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
          {shown.map((row) => (
            <tr key={row_key(row)}>
              {columns.map(({ name, cell, is_number }) => (
                <td key={name} className={is_number ? 'number' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
