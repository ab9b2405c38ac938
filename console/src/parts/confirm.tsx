import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { t } from '../i18n/t.ts'
import { Problem } from './problem.tsx'

export interface ConfirmProps {
  opened: boolean
  onClose(): void
  /** A question that names the record. */
  title: string
  /** The consequences, and whether they can be undone. */
  children: ReactNode
  /** The verb on the button. */
  verb: string
  harmless?: boolean
  /** Whether something is missing that the action needs. */
  isIncomplete?: boolean
  /** Shown when `act` fails because the record has changed. */
  meanwhile?: (close: () => void) => ReactNode
  act(): Promise<unknown>
  onDone?: () => void
}

/** Confirms a destructive action. Cancel has the focus. */
export function Confirm(props: ConfirmProps) {
  const { opened, onClose, title, children, verb, harmless, isIncomplete, meanwhile, act, onDone } = props
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: act,
    onSuccess: () => {
      onClose()
      onDone?.()
    },
  })
  const close = () => {
    reset()
    onClose()
  }
  return (
    <Modal opened={opened} onClose={close} title={title} onExitTransitionEnd={leaveNobodyBehind}>
      <Stack>
        {typeof children === 'string' ? <Text>{children}</Text> : children}
        {error && <Problem error={error} meanwhile={meanwhile?.(close)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {t('Cancel')}
          </Button>
          <Button
            color={harmless ? 'blue' : 'red'}
            loading={isPending}
            disabled={isIncomplete === true}
            onClick={() => mutate()}
          >
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** What opened the dialog may be gone with what was done: the start of the page gets the focus, as on arrival. */
function leaveNobodyBehind(): void {
  const { activeElement } = document
  if (activeElement === null || activeElement === document.body)
    document.getElementById('main')?.focus({ preventScroll: true })
}
