terraform {
  required_version = ">= 1.5"
}

# Where everything runs.
variable "region" {
  type        = string
  description = "Region of the provider"
  default     = "north-1"
}

locals {
  tags = {
    owner = "platform"
  }
}

/* The network of the service. */
resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true

  tags = merge(local.tags, {
    Name = "main"
  })
}

data "aws_ami" "linux" {
  most_recent = true

  filter {
    name   = "name"
    values = ["linux-*"]
  }
}

module "database" {
  source = "./modules/database"
  vpc_id = aws_vpc.main.id
}

output "vpc_id" {
  value = aws_vpc.main.id
}
