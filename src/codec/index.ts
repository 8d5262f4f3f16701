export { type Decoded, DecodeError, tryDecode } from './decode-error.ts'
export { ProtoReader } from './proto-reader.ts'
export { ProtoWriter } from './proto-writer.ts'
