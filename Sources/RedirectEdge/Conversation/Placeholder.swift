public enum PlaceholderConversation {}
