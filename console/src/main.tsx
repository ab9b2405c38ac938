import '@mantine/core/styles.css'
import './styles.css'
import './print.css'
import { start } from './start.ts'

void start()
