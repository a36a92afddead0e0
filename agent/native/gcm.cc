// AES-GCM (NIST SP 800-38D) of the OpenSSL that is part of Node, for packets: one call each, where node:crypto makes an object
// for every packet and calls it four times.
#include <openssl/evp.h>

#include <cerrno>
#include <memory>

#include "nouns.h"
#include "values.h"

namespace {

constexpr size_t kNonce = 12;
constexpr size_t kTag = 16;
// A packet or a message of the membership's streams; EVP counts in int.
constexpr size_t kMost = 64 * 1024 * 1024;

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

const EVP_CIPHER* CipherFor(size_t key) {
  return key == 16 ? EVP_aes_128_gcm() : key == 24 ? EVP_aes_192_gcm() : key == 32 ? EVP_aes_256_gcm() : nullptr;
}

struct Packet {
  Bytes key, nonce, text, authenticated;
  const EVP_CIPHER* cipher;

  // False after a TypeError.
  bool Read(napi_env env, const Arguments& arguments) {
    if (!arguments.Buffer(0, "key", &key) || !arguments.Buffer(1, "nonce", &nonce) ||
        !arguments.Buffer(2, "text", &text) || !arguments.Buffer(3, "authenticated", &authenticated)) {
      return false;
    }
    cipher = CipherFor(key.size);
    const char* wrong = cipher == nullptr                                     ? "key must have 16, 24 or 32 bytes"
                        : nonce.size != kNonce                                ? "nonce must have 12 bytes"
                        : text.size > kMost || authenticated.size > kMost     ? "text is too long"
                                                                              : nullptr;
    if (wrong != nullptr) ThrowArgument(env, wrong);
    return wrong == nullptr;
  }
};

int Length(size_t size) { return static_cast<int>(size); }

// gcmSeal(key, nonce, plain, authenticated): the ciphertext and, behind it, the tag
napi_value Seal(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Packet packet;
  if (!packet.Read(env, arguments)) return nullptr;
  const Bytes& plain = packet.text;
  void* data;
  napi_value sealed;
  if (napi_create_buffer(env, plain.size + kTag, &data, &sealed) != napi_ok) return nullptr;
  auto* out = static_cast<uint8_t*>(data);
  Context context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* c = context.get();
  int length = 0;
  bool done = c != nullptr && EVP_EncryptInit_ex(c, packet.cipher, nullptr, packet.key.data, packet.nonce.data) == 1 &&
              (packet.authenticated.size == 0 || EVP_EncryptUpdate(c, nullptr, &length, packet.authenticated.data,
                                                                   Length(packet.authenticated.size)) == 1) &&
              (plain.size == 0 || EVP_EncryptUpdate(c, out, &length, plain.data, Length(plain.size)) == 1) &&
              EVP_EncryptFinal_ex(c, out + plain.size, &length) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, kTag, out + plain.size) == 1;
  return done ? sealed : ThrowSystem(env, ENOMEM, "gcmSeal");
}

// gcmOpen(key, nonce, sealed, authenticated): the plaintext, or undefined where the tag does not fit
napi_value Open(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Packet packet;
  if (!packet.Read(env, arguments)) return nullptr;
  if (packet.text.size < kTag) return Undefined(env);
  const size_t size = packet.text.size - kTag;
  void* data;
  napi_value plain;
  if (napi_create_buffer(env, size, &data, &plain) != napi_ok) return nullptr;
  auto* out = static_cast<uint8_t*>(data);
  Context context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* c = context.get();
  int length = 0;
  // OpenSSL takes the tag to compare with as one that could be written to.
  auto* tag = const_cast<uint8_t*>(packet.text.data + size);
  bool fits = c != nullptr && EVP_DecryptInit_ex(c, packet.cipher, nullptr, packet.key.data, packet.nonce.data) == 1 &&
              (packet.authenticated.size == 0 || EVP_DecryptUpdate(c, nullptr, &length, packet.authenticated.data,
                                                                   Length(packet.authenticated.size)) == 1) &&
              (size == 0 || EVP_DecryptUpdate(c, out, &length, packet.text.data, Length(size)) == 1) &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, kTag, tag) == 1 &&
              EVP_DecryptFinal_ex(c, out + size, &length) == 1;
  return fits ? plain : Undefined(env);
}

}  // namespace

void RegisterGcm(napi_env env, napi_value exports) {
  SetFunction(env, exports, "gcmSeal", Seal);
  SetFunction(env, exports, "gcmOpen", Open);
}
