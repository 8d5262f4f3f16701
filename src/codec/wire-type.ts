/** Wire types of protobuf that occur in consensus messages. */
export const WIRE_TYPE = { varint: 0, fixed64: 1, lengthDelimited: 2 } as const
