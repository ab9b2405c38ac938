import { Button } from '@mantine/core'
import { useState } from 'react'
import { t } from '../i18n/t.ts'
import { copyText } from './copy-text.ts'
import { Icon } from './icon.tsx'

const shownMs = 2_000

/** Confirms the copy in words, for screen readers too. */
export function CopyButton({
  text,
  label = t('Copy'),
  what,
}: {
  text: string
  label?: string
  what: string
}) {
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
      aria-label={copied ? t('Copied {{what}}', { what }) : t('Copy {{what}}', { what })}
    >
      {copied ? t('Copied') : label}
    </Button>
  )
}
