/** Why, in words that go on record. */

import type { Signal } from "@preact/signals";

export function Reason({ label, value }: { label: string; value: Signal<string> }) {
  return (
    <label>
      {label}
      <textarea
        rows={2}
        required
        minLength={3}
        maxLength={500}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  );
}
