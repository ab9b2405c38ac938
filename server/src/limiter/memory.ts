import type { Clock } from '../lib/clock.ts'
import { type Limiter, windowEnd, windowMs } from './limiter.ts'

/** Windows kept at once; past that the oldest is given up, which can only be to its caller's advantage. */
const windowsMax = 200_000

/** Windows in this process alone: right for one process, and what the embedded installation uses. */
export function memoryLimiter(clock: Clock): Limiter {
  const windows = new Map<string, { used: number; resetAtMs: number }>()
  let sweepAtMs = 0

  function sweep(nowMs: number): void {
    for (const [key, window] of windows) if (window.resetAtMs <= nowMs) windows.delete(key)
    sweepAtMs = nowMs + windowMs
  }

  return {
    isShared: false,
    async take(key, limit) {
      const nowMs = clock.now()
      if (nowMs >= sweepAtMs) sweep(nowMs)
      let window = windows.get(key)
      if (!window || window.resetAtMs <= nowMs) {
        window = { used: 0, resetAtMs: windowEnd(nowMs) }
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
