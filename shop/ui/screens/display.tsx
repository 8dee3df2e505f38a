/** Language, text size, contrast and motion. */

import { accountText } from "../account-texts.ts";
import type { Language } from "../api.ts";
import { calm, choose, contrast, resize, size, SIZES, type Size } from "../display.ts";
import { speak } from "../session.ts";
import { useAction } from "../shared/action.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";

const LANGUAGES: [Language, string][] = [
  ["de", "Deutsch"],
  ["en", "English"],
];

export function DisplayChoices() {
  const speaking = useAction(speak);
  return (
    <section aria-labelledby="display">
      <h2 id="display">{accountText("display")}</h2>
      <label>
        {accountText("language")}
        <select
          name="language"
          value={language.value}
          onChange={(event) => void speaking.run(event.currentTarget.value as Language)}
        >
          {LANGUAGES.map(([known, name]) => (
            <option key={known} value={known} lang={known}>
              {name}
            </option>
          ))}
        </select>
        <small>{accountText("language_why")}</small>
      </label>
      <RefusalNote refusal={speaking.refusal.value} />
      <label>
        {accountText("text_size")}
        <select
          name="text-size"
          value={size.value}
          onChange={(event) => resize(event.currentTarget.value as Size)}
        >
          {SIZES.map((known) => (
            <option key={known} value={known}>
              {accountText(`text_${known}`)}
            </option>
          ))}
        </select>
      </label>
      <fieldset>
        <Switch name="contrast" on={contrast.value} />
        <Switch name="calm" on={calm.value} />
      </fieldset>
    </section>
  );
}

function Switch({ name, on }: { name: "contrast" | "calm"; on: boolean }) {
  return (
    <label>
      <input
        type="checkbox"
        role="switch"
        checked={on}
        onChange={(event) => choose(name, event.currentTarget.checked)}
      />
      {accountText(name)}
    </label>
  );
}
