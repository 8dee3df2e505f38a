/** A modal dialog on the browser's own element: focus stays inside, Escape closes. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { shared } from "./texts.ts";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    const opener = document.activeElement;
    shown?.showModal();
    heading.current?.focus();
    return () => {
      if (!shown?.open) return; // Escape: the browser has given the focus back, and she may have gone on
      shown.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <article>
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {children}
        <button type="button" class="secondary outline" onClick={onClose}>
          {shared("close")}
        </button>
      </article>
    </dialog>
  );
}
