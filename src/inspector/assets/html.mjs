// @ts-check
// Preact and htm, joined: the tag `html` makes elements. htm caches its templates and never evaluates text as code.
import * as preact from "./vendor/preact.mjs";
import * as hooks from "./vendor/hooks.mjs";
import htm from "./vendor/htm.mjs";

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(preact.h);

export const render = /** @type {typeof import("preact").render} */ (preact.render);
const typed = /** @type {typeof import("preact/hooks")} */ (/** @type {unknown} */ (hooks));
export const { useEffect, useLayoutEffect, useMemo, useRef, useState } = typed;
