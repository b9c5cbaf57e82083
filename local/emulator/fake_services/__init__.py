"""Operations that MiniStack's services lack, answered from here."""
