// @ts-check
// A value that tells its subscribers when it changes, and a hook that redraws a component then.
import { useEffect, useState } from "./html.mjs";

/** @template T */
export class Value {
  /** @param {T} value */
  constructor(value) {
    this.current = value;
    /** @type {Set<(value: T) => void>} */
    this.subscribers = new Set();
  }

  /** @param {T} value */
  set(value) {
    this.current = value;
    for (const subscriber of [...this.subscribers]) subscriber(value);
  }

  /**
   * @param {(value: T) => void} subscriber
   * @returns {() => void} ends the subscription
   */
  subscribe(subscriber) {
    this.subscribers.add(subscriber);
    return () => {
      this.subscribers.delete(subscriber);
    };
  }
}

/**
 * @template T
 * @param {Value<T>} value
 * @returns {T}
 */
export function useValue(value) {
  const [, redraw] = useState({});
  useEffect(() => {
    redraw({});
    return value.subscribe(() => redraw({}));
  }, [value]);
  return value.current;
}
