/** Starts the shopper page. */

import "./style.css";
import "./display.css";
import "./display.ts";
import { render } from "preact";
import { App } from "./app.tsx";
import { arrive } from "./place.ts";

arrive();
const root = document.getElementById("app");
if (root) render(<App />, root);
// Missing without TLS, where a shop is tried out; then the app needs its line, and nothing else changes.
void navigator.serviceWorker?.register("/sw.js");
