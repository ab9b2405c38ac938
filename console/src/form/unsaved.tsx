import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useBlocker } from 'react-router'
import { t } from '../i18n/t.ts'
import { onSessionEnd } from '../session/session-end.ts'
import { isInputKept } from './kept-input.ts'

interface Question {
  title: string
  text: string
  /** The label of the button that leaves anyway. */
  leave: string
}

const aboutChanges: Question = {
  title: t('Leave without saving?'),
  text: t('Your changes on this page have not been saved and would be lost.'),
  leave: t('Leave and discard my changes'),
}

/**
 * Protects unsaved input and secrets shown once: leaving takes a confirmation, also by Back, by closing the tab, and when
 * the session ends in the meantime.
 * @returns `release` allows the next navigation, because everything has been saved
 */
export function useUnsaved(isUnsaved: boolean, question: Question = aboutChanges) {
  const { title, text, leave } = question
  // Read on leaving, which may be in the same tick as saving.
  const holds = useRef(isUnsaved)
  holds.current = isUnsaved
  const blocker = useBlocker(() => holds.current)

  useEffect(() => {
    if (!isUnsaved) return
    const hold = (event: Event) => {
      if (holds.current && !(question === aboutChanges && isInputKept())) event.preventDefault()
    }
    window.addEventListener('beforeunload', hold)
    const forget = onSessionEnd(hold)
    return () => {
      window.removeEventListener('beforeunload', hold)
      forget()
    }
  }, [isUnsaved, question])

  return {
    release: () => {
      holds.current = false
    },
    question: (
      <Modal opened={blocker.state === 'blocked'} onClose={() => blocker.reset?.()} title={title}>
        <Stack>
          <Text>{text}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
              {t('Stay here')}
            </Button>
            <Button color="red" onClick={() => blocker.proceed?.()}>
              {leave}
            </Button>
          </Group>
        </Stack>
      </Modal>
    ),
  }
}
