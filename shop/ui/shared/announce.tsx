/** News read aloud by screen readers without moving the focus. */

import { signal } from "@preact/signals";

const news = signal("");

export function announce(text: string): void {
  news.value = text;
}

export function Announcer() {
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {news.value}
    </p>
  );
}
