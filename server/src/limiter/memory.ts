import type { Clock } from '../lib/clock.ts'
import { type Limiter, toleranceMs, windowEnd, windowMs } from './limiter.ts'

/** Windows kept at once; beyond that the oldest is dropped, which can only favour its caller. */
const windowsMax = 200_000

interface Window {
  used: number
  /** As shown to callers. */
  resetAtMs: number
  /** The same by `Clock.elapsed`. */
  endsAtMs: number
}

/** Windows in this process only: right for one process, and what the embedded installation uses. */
export function memoryLimiter(clock: Clock): Limiter {
  const windows = new Map<string, Window>()
  let sweepAtMs = 0

  function sweep(elapsedMs: number): void {
    for (const [key, window] of windows) if (window.endsAtMs <= elapsedMs) windows.delete(key)
    sweepAtMs = elapsedMs + windowMs
  }

  return {
    isShared: false,
    take(key, limit) {
      const nowMs = clock.now()
      const elapsedMs = clock.elapsed()
      if (elapsedMs >= sweepAtMs) sweep(elapsedMs)
      let window = windows.get(key)
      if (window) followClock(window, nowMs, elapsedMs)
      if (!window || window.endsAtMs <= elapsedMs) {
        const resetAtMs = windowEnd(nowMs)
        window = { used: 0, resetAtMs, endsAtMs: elapsedMs + resetAtMs - nowMs }
        windows.delete(key)
        windows.set(key, window)
        if (windows.size > windowsMax) windows.delete(windows.keys().next().value ?? key)
      }
      const allowed = window.used < limit
      if (allowed) window.used++
      return { allowed, limit, remaining: Math.max(0, limit - window.used), resetAtMs: window.resetAtMs }
    },
    async close() {
      windows.clear()
    },
  }
}

/** A window lasts its full time, whatever the clock is set to: callers then see another instant. */
function followClock(window: Window, nowMs: number, elapsedMs: number): void {
  const leftMs = window.endsAtMs - elapsedMs
  if (Math.abs(nowMs + leftMs - window.resetAtMs) < toleranceMs) return
  window.resetAtMs = Math.floor((nowMs + leftMs) / 1_000) * 1_000
  window.endsAtMs = elapsedMs + window.resetAtMs - nowMs
}
