export { type PlayedStory, playStory, type StoryDifference } from './play-story.ts'
export { type SavedStory, saveStory } from './save-story.ts'
export {
  commandOf,
  type Passage,
  parseStory,
  printStory,
  roundOf,
  type StoryChain,
  type StoryCommand,
  StoryError,
  sendersOf,
  storyChainOf
} from './story-text.ts'
