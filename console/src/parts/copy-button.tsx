import { Button } from '@mantine/core'
import { useState } from 'react'
import { copyText } from './copy-text.ts'
import { Icon } from './icon.tsx'

const shownMs = 2_000

/** Confirms the copy in words, for screen readers too. */
export function CopyButton({ text, label = 'Copy', what }: { text: string; label?: string; what: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await copyText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), shownMs)
  }
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<Icon name={copied ? 'check' : 'copy'} size={15} />}
      onClick={copy}
      aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
    >
      {copied ? 'Copied' : label}
    </Button>
  )
}
