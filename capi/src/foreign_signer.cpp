#include "foreign.hpp"

namespace holdfast::capi {

namespace {

constexpr const char* kSigner = "the audit signer";

class ForeignSigner final : public AuditSigner {
 public:
  explicit ForeignSigner(Owned<holdfast_audit_signer> table) : table_(std::move(table)) {
    table_.require(table_->public_key, "public_key");
    table_.require(table_->sign, "sign");
  }

  Bytes public_key() const override {
    Bytes key(32);
    call_host("public_key", kSigner, [&](holdfast_error** err) { return table_->public_key(table_.data(), key.data(), err); });
    return key;
  }
  Bytes sign(ByteView message) override {
    Bytes signature(64);
    call_host("sign", kSigner,
              [&](holdfast_error** err) { return table_->sign(table_.data(), message.data(), message.size(), signature.data(), err); });
    return signature;
  }

 private:
  Owned<holdfast_audit_signer> table_;
};

}  // namespace

std::shared_ptr<AuditSigner> foreign_signer(Owned<holdfast_audit_signer> signer) {
  return std::make_shared<ForeignSigner>(std::move(signer));
}

}  // namespace holdfast::capi
