import { useEffect, useRef, useState } from 'react'
import type { Lexed } from './lexing-worker.ts'

/** An ordinary text takes milliseconds; one that takes longer is hostile, and is shown as plain text. */
const lexingMsMax = 2_000

interface Done {
  text: string
  tokens: Lexed
}

/**
 * Cuts Markdown into tokens beside the page: some texts of 100 kB keep the library busy for minutes, and the reader's
 * tab must not freeze. While a text is being cut, the previous one stays.
 * @returns undefined until the first text is cut
 */
export function useLexed(text: string): Done | undefined {
  const [done, setDone] = useState<Done>()
  const worker = useRef<Worker>(undefined)
  useEffect(() => {
    worker.current ??= new Worker(new URL('./lexing-worker.ts', import.meta.url), { type: 'module' })
    const own = worker.current
    const end = (tokens: Lexed) => {
      clearTimeout(timer)
      setDone({ text, tokens })
    }
    const giveUp = () => {
      stop(own)
      end(undefined)
    }
    const timer = setTimeout(giveUp, lexingMsMax)
    own.onmessage = ({ data }: MessageEvent<Lexed>) => {
      own.onmessage = null
      end(data)
    }
    own.onerror = giveUp
    own.postMessage(text)
    return () => {
      clearTimeout(timer)
      // Its current text is no longer shown.
      if (own.onmessage) stop(own)
    }
  }, [text])
  useEffect(() => () => worker.current?.terminate(), [])
  return done

  function stop(one: Worker): void {
    one.terminate()
    if (worker.current === one) worker.current = undefined
  }
}
