import { type ReactNode, useEffect, useRef } from 'react';

interface Props {
  title: string;
  above?: ReactNode; // where this page lies
  beside?: ReactNode; // of the title, such as a state
  actions?: ReactNode;
  children: ReactNode;
}

let is_first = true;

export function Page({ title, above, beside, actions, children }: Props) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} - muster`;
  }, [title]);
  // Whoever listens to the page hears where he is now.
  useEffect(() => {
    if (!is_first) head.current?.focus({ preventScroll: true });
    is_first = false;
  }, []);
  return (
    <div className="page">
      {above && (
        <nav aria-label="Where you are" className="crumbs">
          {above}
        </nav>
      )}
      <div className="head">
        <h1 ref={head} tabIndex={-1}>
          {title}
        </h1>
        {beside}
        <span className="grow" />
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
