// Short news in a corner of the page: what was done, or why not.
import { AutoDismissFlag, FlagGroup } from '@atlaskit/flag';
import Flag from '@atlaskit/flag';
import { useSyncExternalStore } from 'react';

import { Problem } from '../api/client';
import { title_of_act } from './title_of';
import { Words } from './Words';

interface News {
  id: number;
  title: string;
  text: string;
  is_error: boolean;
}

let news: News[] = [];
let count = 0;
const told = new Set<() => void>();
const change = (next: News[]) => {
  news = next;
  told.forEach((listener) => listener());
};

export const say = (title: string, text = '') => change([{ id: ++count, title, text, is_error: false }, ...news]);
export function complain(error: unknown) {
  const problem = error instanceof Problem ? error : new Problem(0, 'page', 'This page has a fault', String(error));
  change([{ id: ++count, title: title_of_act(problem), text: problem.message, is_error: true }, ...news]);
}

// The flags of the appearances "success" and "error" hide their text until they are opened.
const Mark = ({ of }: { of: 'good' | 'bad' }) => (
  <span className={`mark ${of}`} aria-hidden="true">
    {of === 'good' ? '✓' : '!'}
  </span>
);

export function FlagArea() {
  const shown = useSyncExternalStore(
    (listener) => {
      told.add(listener);
      return () => void told.delete(listener);
    },
    () => news,
  );
  const dismiss = (id: string | number) => change(news.filter((each) => each.id !== id));
  return (
    <aside aria-label="News" className="news">
    <FlagGroup onDismissed={dismiss} label="News" shouldRenderToParent>
      {shown.map(({ id, title, text, is_error }) =>
        is_error ? (
          <Flag key={id} id={id} icon={<Mark of="bad" />} title={title} description={<Words of={text} />} />
        ) : (
          <AutoDismissFlag key={id} id={id} icon={<Mark of="good" />} title={title} description={text || undefined} />
        ),
      )}
    </FlagGroup>
    </aside>
  );
}
