import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ChangedMeanwhile, isChangedMeanwhile } from './changed-meanwhile.tsx'
import { ProblemAlert } from './problem-alert.tsx'

interface Props {
  opened: boolean
  onClose(): void
  /** A question that names what is destroyed. */
  title: string
  /** What follows, and whether it can be undone. */
  children: ReactNode
  /** The verb on the button. */
  verb: string
  harmless?: boolean
  /** Loads what it is now, where `act` is refused because somebody else has changed it meanwhile. */
  meanwhile?: { what: string; load(): void }
  act(): Promise<unknown>
  onDone?(): void
}

/** Asks before something is destroyed. The way out has the focus. */
export function Confirm({ opened, onClose, title, children, verb, harmless, meanwhile, act, onDone }: Props) {
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
  const wasOvertaken = meanwhile && error && isChangedMeanwhile(error)
  return (
    <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        {typeof children === 'string' ? <Text>{children}</Text> : children}
        {error && !wasOvertaken && <ProblemAlert error={error} />}
        {wasOvertaken && (
          <ChangedMeanwhile
            what={meanwhile.what}
            onLoad={() => {
              meanwhile.load()
              close()
            }}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            Cancel
          </Button>
          <Button color={harmless ? 'blue' : 'red'} loading={isPending} onClick={() => mutate()}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
