import { Button, Group, Paper, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useUnsaved } from '../form/unsaved.tsx'
import { t } from '../i18n/t.ts'
import { useArrival } from '../shell/arrival.tsx'
import { CopyButton } from './copy-button.tsx'
import { Warning } from './warning.tsx'
import './shown-once.css'

interface Props {
  /** By their names in code: `client_secret`. */
  values: Readonly<Record<string, string>>
  /** What is shown: `secret`. */
  what?: string
  /** Where to keep them, and why. */
  advice: string
  /** Below the values, in their box. */
  remark?: ReactNode
  children: ReactNode
  onDone(): void
}

/** Shows a secret, once. Leaving without confirming that it is stored takes a confirmation. */
export function ShownOnce({ values, what = t('secret'), advice, remark, children, onDone }: Props) {
  const guard = useUnsaved(true, {
    title: t('Leave without the {{what}}?', { what }),
    text: t('It cannot be shown again. Without it you need a new one.'),
    leave: t('Leave this page'),
  })
  useArrival()
  return (
    <Stack gap="lg">
      {guard.question}
      <Warning title={t('This {{what}} is shown only once', { what })}>{advice}</Warning>
      <Paper withBorder p="lg">
        <Stack gap="sm">
          {Object.entries(values).map(([label, value]) => (
            <div key={label} className="shown">
              <span className="quiet">{label}</span>
              <code className="mono">{value}</code>
              <CopyButton text={value} what={label} />
            </div>
          ))}
          {remark}
        </Stack>
      </Paper>
      {children}
      <Group>
        <Button
          onClick={() => {
            guard.release()
            onDone()
          }}
        >
          {t('I have stored it')}
        </Button>
      </Group>
    </Stack>
  )
}
