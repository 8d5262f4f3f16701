export { decodeBech32, encodeBech32 } from './bech32.ts'
export {
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SEED_BYTES,
  ED25519_SIGNATURE_BYTES,
  type Ed25519Signer,
  generatePrivateKey,
  makeEd25519Signer,
  publicKeyOf,
  signEd25519,
  verifyEd25519,
  warmUpEd25519
} from './ed25519.ts'
export { HASH_BYTES, type Hex, sha256, sha256Hex, sha256Latin1 } from './hash.ts'
export { COSMOS_HD_PATH, deriveSecp256k1, isHdPath } from './hd-key.ts'
export {
  ADDRESS_BYTES,
  addressOf,
  type KeyType,
  makeSignatureVerifier,
  type PublicKey,
  publicKeyLength,
  type SignatureVerifier,
  verifySignature
} from './keys.ts'
export {
  MAX_MERKLE_AUNTS,
  type MerkleProof,
  merkleProofs,
  merkleRoot,
  merkleRootOfHashes,
  validateMerkleProof,
  verifyMerkleProof
} from './merkle.ts'
export { newMnemonic, normalizeMnemonic, seedOfMnemonic } from './mnemonic.ts'
export {
  generateSecp256k1PrivateKey,
  isSecp256k1PrivateKey,
  isSecp256k1PublicKey,
  SECP256K1_PRIVATE_KEY_BYTES,
  SECP256K1_PUBLIC_KEY_BYTES,
  SECP256K1_SIGNATURE_BYTES,
  secp256k1PublicKeyOf,
  signSecp256k1,
  verifySecp256k1
} from './secp256k1.ts'
