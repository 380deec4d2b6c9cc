module "network" {
  source = "./modules/network"
  region = var.region
}

module "identities" {
  source  = "./modules/identities"
  project = var.project
}

module "kms" {
  source       = "./modules/kms"
  project      = var.project
  key_location = lower(var.backup_location)
  copy_region  = var.copy_region
  region       = var.region
}

module "storage" {
  source           = "./modules/storage"
  project          = var.project
  region           = var.region
  backup_location  = var.backup_location
  copy_region      = var.copy_region
  retention_days   = var.retention_days
  lock_retention   = var.lock_retention
  backup_key       = module.kms.backup_key
  copy_key         = module.kms.copy_key
  staging_key      = module.kms.staging_key
  backup_account   = module.identities.backup
  validate_account = module.identities.validate
  instance_account = module.database.instance_account
}

module "database" {
  source         = "./modules/database"
  region         = var.region
  network        = module.network.network
  database_name  = var.database_name
  tier           = var.database_tier
  backup_account = module.identities.backup
  app_account    = module.identities.app
  depends_on     = [module.network]
}

module "job" {
  source              = "./modules/job"
  region              = var.region
  project             = var.project
  image               = var.image
  network             = module.network.network
  subnetwork          = module.network.subnetwork
  backup_account      = module.identities.backup
  validate_account    = module.identities.validate
  scheduler_account   = module.identities.scheduler
  backup_bucket       = module.storage.backup_bucket
  staging_bucket      = module.storage.staging_bucket
  copy_bucket         = module.storage.copy_bucket
  instance            = module.database.instance
  database_name       = var.database_name
  server_side_export  = var.server_side_export
  database_secret     = module.database.url_secret
  validate_secret     = module.database.validate_url_secret
  schedule            = var.schedule
  validation_schedule = var.validation_schedule
}

module "app" {
  source          = "./modules/app"
  region          = var.region
  image           = var.app_image
  network         = module.network.network
  subnetwork      = module.network.subnetwork
  account         = module.identities.app
  database_secret = module.database.app_url_secret
}

module "monitoring" {
  source      = "./modules/monitoring"
  alert_email = var.alert_email
  backup_job  = module.job.backup_job
  jobs        = [module.job.backup_job, module.job.validate_job]
}
