import { Paper, Title } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  title: string
  /** Whether the frame includes the title. */
  frame?: 'around' | 'below'
  children: ReactNode
}

/** A part of a page under a heading. */
export function Section({ title, frame, children }: Props) {
  const heading = (
    <Title order={2} size="h4" mb={frame === 'around' ? 'sm' : 'xs'}>
      {title}
    </Title>
  )
  if (frame === 'around') {
    return (
      <Paper withBorder p="lg" component="section" aria-label={title}>
        {heading}
        {children}
      </Paper>
    )
  }
  return (
    <section>
      {heading}
      {frame ? (
        <Paper withBorder p="lg">
          {children}
        </Paper>
      ) : (
        children
      )}
    </section>
  )
}
