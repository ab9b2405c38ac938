import { Button, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { problemOf } from '../api/problem.ts'
import { t } from '../i18n/t.ts'
import { Warning } from './warning.tsx'

export function isChangedMeanwhile(error: unknown): boolean {
  return problemOf(error).code === 'precondition_failed'
}

interface Props {
  /** `this user`. */
  what: string
  /** Their changes. */
  children?: ReactNode
  onLoad(): void
  /** Undefined if there is no input to keep. */
  onSaveAnyway?: (() => void) | undefined
}

/** The record has changed since it was read. Neither their change nor the input here is lost. */
export function ChangedMeanwhile({ what, children, onLoad, onSaveAnyway }: Props) {
  return (
    <Warning title={t('Somebody else has changed {{what}} since you opened it', { what })}>
      <Text size="sm">
        {onSaveAnyway
          ? t('Your changes have not been saved. They are still here.')
          : t('Nothing has been done. Check the current version, then decide again.')}
      </Text>
      {children}
      <Group mt="sm" gap="xs">
        <Button size="xs" variant="default" onClick={onLoad}>
          {onSaveAnyway ? t('Load their version, discard mine') : t('Load the current version')}
        </Button>
        {onSaveAnyway && (
          <Button size="xs" variant="default" onClick={onSaveAnyway}>
            {t('Save mine over theirs')}
          </Button>
        )}
      </Group>
    </Warning>
  )
}
