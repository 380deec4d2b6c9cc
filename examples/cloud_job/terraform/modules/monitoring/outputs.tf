output "policies" {
  description = "Names of the alert policies"
  value       = concat([for each in google_monitoring_alert_policy.failed : each.name], [google_monitoring_alert_policy.absent.name])
}
