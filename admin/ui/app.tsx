/** Frames the desk: sign-in, sections, the section that is open. */

import { useEffect } from "preact/hooks";
import { useAction } from "../../shop/ui/shared/action.ts";
import { Announcer } from "../../shop/ui/shared/announce.tsx";
import { AwayNote } from "../../shop/ui/shared/away.tsx";
import { LanguageSwitch, Loading } from "../../shop/ui/shared/controls.tsx";
import { language } from "../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../shop/ui/shared/refusal.tsx";
import { shared } from "../../shop/ui/shared/texts.ts";
import {
  chooseStore,
  loadStores,
  recognise,
  SECTIONS,
  section,
  signOut,
  staff,
  store,
  stores,
} from "./desk.ts";
import { useFresh } from "./fresh.ts";
import { Audit } from "./sections/audit.tsx";
import { Devices } from "./sections/devices.tsx";
import { ExitTests } from "./sections/exit-tests.tsx";
import { Incidents } from "./sections/incidents.tsx";
import { Pages } from "./sections/pages.tsx";
import { Objections } from "./sections/objections.tsx";
import { Restock } from "./sections/restock.tsx";
import { Reviews } from "./sections/reviews.tsx";
import { SignIn } from "./sections/sign-in.tsx";
import { text } from "./texts.ts";

const SCREENS = {
  reviews: Reviews,
  objections: Objections,
  incidents: Incidents,
  restock: Restock,
  exit_tests: ExitTests,
  devices: Devices,
  pages: Pages,
  audit: Audit,
};

export function App() {
  const start = useAction(recognise);
  useEffect(() => void start.run(), []);
  useEffect(() => {
    document.title = text("app");
  }, [language.value]);
  return (
    <>
      <TopBar />
      {staff.value && <Sections />}
      <AwayNote />
      <main id="content" class="container" data-state={stateName()}>
        <RefusalNote refusal={start.refusal.value} />
        <Screen />
      </main>
      <Announcer />
    </>
  );
}

function Screen() {
  if (staff.value === undefined) return <Loading />;
  if (staff.value === null) return <SignIn />;
  return <Desk />;
}

function Desk() {
  const loading = useFresh(loadStores);
  const Section = SCREENS[section.value];
  return (
    <>
      <RefusalNote refusal={loading.refusal.value} />
      {stores.value.length > 1 && (
        <label>
          {text("store")}
          <select
            value={store.value?.slug}
            onChange={(event) => chooseStore(event.currentTarget.value)}
          >
            {stores.value.map((one) => (
              <option key={one.slug} value={one.slug}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <Section key={section.value} />
    </>
  );
}

function stateName(): string {
  if (staff.value === undefined) return "loading";
  return staff.value === null ? "signed_out" : section.value;
}

function Sections() {
  return (
    <nav class="container sections" aria-label={text("sections")}>
      {SECTIONS.map((one) => (
        <a key={one} href={`#${one}`} aria-current={one === section.value ? "page" : undefined}>
          {text(one)}
        </a>
      ))}
    </nav>
  );
}

function TopBar() {
  const leaving = useAction(signOut);
  return (
    <header class="container top-bar">
      <div>
        <strong>{text("app")}</strong>
        {staff.value && <small class="who">{staff.value.name}</small>}
      </div>
      <nav aria-label={text("app")}>
        <LanguageSwitch />
        {staff.value && (
          <button type="button" class="plain" onClick={() => void leaving.run()}>
            {shared("sign_out")}
          </button>
        )}
      </nav>
      <RefusalNote refusal={leaving.refusal.value} />
    </header>
  );
}
